"""HumanEval through the product's own engine, judged by a process that the candidate cannot reach.

    python -m evals.humaneval --model qwen2.5-coder-0.5b --baseline FILE

`problems` (what is asked) → `prompting` (in which words) → `evals.generation` (samples, resumable)
→ `program` (what runs) → `judge` (verdicts) → `evals.reporting` (report, gate). `canaries` run
before each evaluation: a judge that passes a cheat or fails a right answer stops it.
"""
