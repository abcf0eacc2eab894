"""Tensor operations: `kernels.ops` dispatches, `kernels.reference` defines.

Nothing may be added to this file: transformers and bitsandbytes probe for a package of this name.
"""
