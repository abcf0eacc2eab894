"""Triton kernels, reached only through `kernels.ops`. Filled by the GPU work."""
