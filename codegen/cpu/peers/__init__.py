"""What other engines are measured by: scripts for their own interpreters, without our packages.

A script is given the model and the threads, writes one line of JSON when it is ready, and answers
each line of JSON that it reads: {"do": "prefill", "n": N}, {"do": "step", "context": S, "n": M}.
"""
