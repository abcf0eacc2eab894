"""Mixture of experts for DeepSeek-Coder-V2: router, dispatch, experts. Filled by the MoE work.

Depends on `kernels` and torch alone; `codegen` builds the decoder around it.
"""
