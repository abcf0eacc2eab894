"""Quantised weights on disk: what `python -m codegen.quantize` writes and the GPU engine maps."""
