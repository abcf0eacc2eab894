"""Decoding on a CPU in int8: mapped weights, a cache of its own layout, one C call a step."""
