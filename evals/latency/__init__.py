"""`python -m evals.latency`: what a user of the language server feels while typing.

Typing sessions are replayed through a real server process over stdio, on the clock. Each session
takes a region out of a real file and types it again, with human pauses, typing errors, jumps, and
accepting what is offered where that agrees with the file. The report says how long it took from a
keystroke to ghost text, where that time went, and what the offers were worth.

    python -m evals.latency --sessions 6 --seed 1 --json report.json
    python -m evals.latency --trace mine.json --baseline baseline.json

What was shown is told apart by where it came from (`by_source`): runs of the model, begun at the
keystroke or when the editor asked; and answers that were known, in flight or computed ahead. Empty
answers are timed by themselves. All times begin at the keystroke, the debounce included.

    python -m evals.latency --peer-server http://127.0.0.1:8080

plays the same sessions against a server of llama.cpp on this machine afterwards (`llama-server` or
`python -m llama_cpp.server`, with its prompt cache): the same prompts, limits, stops and filters at
the same times, a keystroke hangs up, and nothing is known between two requests. The report has the
ratios; above 1 ours is the faster one.

Exit codes: 0 fine, 1 slower or worse than the baseline, 2 usage or environment, 130 interrupted.

A trace is one JSON document; `trace.schema.json` beside this file is its JSON Schema.

    {"schema": "leadsman-typing-trace", "version": 1, "sessions": [
      {"name": "shlex-1", "language_id": "python", "path": "shlex.py",
       "initial_text": "def f():\\n    \\n", "cursor": {"line": 1, "character": 4},
       "events": [
         {"t_ms": 0, "type": "insert", "at": {"line": 1, "character": 4}, "text": "r"},
         {"t_ms": 90, "type": "accept", "how": "full", "seen_ms": 300},
         {"t_ms": 250, "type": "delete", "range": {"start": {"line": 1, "character": 4},
                                                   "end": {"line": 1, "character": 5}}},
         {"t_ms": 700, "type": "move", "at": {"line": 0, "character": 0}}]}]}

Positions are those of the Language Server Protocol: lines from 0, characters in UTF-16 units.
They are positions in the trace's own text, that is the initial text after all events before,
whatever the server offered in the replay. `t_ms` counts from the session's start and never falls.

insert: `text` is put at `at`, and the cursor after it. One event is one keystroke.
delete: the text of `range` goes, and the cursor stands there.
move: the cursor goes to `at`.
accept: from here to the next event the user would accept what is offered, as soon as it has been
    visible for `seen_ms` (default 0) and agrees with the text as it is at the end of the trace;
    `how` is the most that is taken: `full`, else a `line`, else a `word`, whichever agrees. Events
    that type what was accepted are then left out, and their pauses with them. A recorder that saw
    an accept gives what it put in as `text`; the replay types that where the server does not
    offer it within a second.

To record your own: subscribe to your editor's document changes, write each as insert and delete,
and note the initial text. The text after the last event is what offers are judged by.
"""
