"""Decoding on a GPU: packed weights, a pooled cache and one captured graph per shape of step."""
