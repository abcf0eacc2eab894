"""Runs untrusted code with the network off and every resource limited. Filled by the evals work."""
