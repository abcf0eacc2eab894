"""Triton kernels, reached only through `kernels.ops` once it dispatches to them, tests and benches."""
