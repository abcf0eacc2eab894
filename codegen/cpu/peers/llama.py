"""llama.cpp behind the bench's lines of JSON; run by an interpreter that has llama-cpp-python."""

from __future__ import annotations

import json
import sys
import time

import llama_cpp

CONTEXT = 8704


def main() -> None:
    """Serves until the input ends."""
    path, n_threads = sys.argv[1], int(sys.argv[2])
    started = time.perf_counter()
    model = llama_cpp.Llama(
        path,
        n_ctx=CONTEXT,
        n_threads=n_threads,
        n_threads_batch=n_threads,
        n_batch=512,
        n_ubatch=512,
        verbose=False,
    )
    model.eval([1])
    load_s = time.perf_counter() - started
    print(json.dumps({"name": f"llama-cpp-python {llama_cpp.__version__}", "load_s": load_s}))
    sys.stdout.flush()
    tokens = [i * 7919 % 150_000 for i in range(CONTEXT)]
    for line in sys.stdin:
        asked = json.loads(line)
        context = asked.get("context", 0)
        if model.n_tokens < context or context == 0:
            model.reset()
            if context:
                model.eval(tokens[:context])
        memory = llama_cpp.llama_get_memory(model.ctx)
        llama_cpp.llama_memory_seq_rm(memory, 0, context, -1)
        model.n_tokens = context
        started = time.perf_counter()
        model.eval(tokens[: asked["n"]])
        print(json.dumps({"s": time.perf_counter() - started}))
        sys.stdout.flush()


if __name__ == "__main__":
    main()
