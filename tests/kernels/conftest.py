"""Triton kernels run in Triton's interpreter where there is no CUDA device."""

from __future__ import annotations

import os

import torch

# Triton reads this when it is imported, which the test modules of its kernels do after this file.
if not torch.cuda.is_available():
    os.environ.setdefault("TRITON_INTERPRET", "1")
