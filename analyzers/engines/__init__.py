"""Scanners of others that run in this process, under the names and the policy of our rules."""
