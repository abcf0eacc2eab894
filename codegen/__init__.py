"""From a request to generated text: model store, loading, tokenizer, prompts, decoder, engine.

`codegen.engine` is the seam that callers use; it imports no torch.
"""

import os

# libgomp reads this when torch is first imported, so it has to stand before any module that does.
# Its default spins for milliseconds at every barrier: with one other busy process on two cores a
# token then takes four times as long, and the editor's machine is never idle. This bound costs a
# tenth on an idle machine. The user's own OMP_WAIT_POLICY or GOMP_SPINCOUNT wins.
if "OMP_WAIT_POLICY" not in os.environ:
    os.environ.setdefault("GOMP_SPINCOUNT", "10000")
