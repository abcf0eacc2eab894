"""OpenVINO GenAI behind the bench's lines of JSON; run by an interpreter that has it.

The model is a folder in OpenVINO's own format. The first token's time stands for a prefill, the
time between later tokens for a step of one; it has no steps of several tokens.
"""

from __future__ import annotations

import json
import sys
import time

import numpy as np
import openvino
import openvino_genai


def main() -> None:
    """Serves until the input ends."""
    path, n_threads = sys.argv[1], int(sys.argv[2])
    started = time.perf_counter()
    pipe = openvino_genai.LLMPipeline(path, "CPU", INFERENCE_NUM_THREADS=n_threads)
    load_s = time.perf_counter() - started
    print(json.dumps({"name": f"openvino-genai {openvino_genai.__version__}", "load_s": load_s}))
    sys.stdout.flush()
    for turn, line in enumerate(sys.stdin):
        asked = json.loads(line)
        if asked["do"] == "step" and asked["n"] != 1:
            print(json.dumps({"s": None}))
            sys.stdout.flush()
            continue
        is_step = asked["do"] == "step"
        n = asked["context"] if is_step else asked["n"]
        # Another prompt each time: it keeps the last ones.
        ids = np.array([[(i + turn) * 7919 % 150_000 for i in range(max(n, 1))]], dtype=np.int64)
        inputs = openvino_genai.TokenizedInputs(
            openvino.Tensor(ids), openvino.Tensor(np.ones_like(ids))
        )
        config = openvino_genai.GenerationConfig(
            max_new_tokens=9 if is_step else 1, ignore_eos=True, do_sample=False
        )
        metrics = pipe.generate(inputs, config).perf_metrics
        found = metrics.get_tpot() if is_step else metrics.get_ttft()
        print(json.dumps({"s": found.mean / 1e3}))
        sys.stdout.flush()


if __name__ == "__main__":
    main()
