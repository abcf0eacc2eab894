"""Triton kernels; `kernels.ops` will dispatch to them, tests and the bench call them today."""
