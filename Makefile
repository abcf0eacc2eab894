# Everything a person or CI runs. `make demo` and `make test` start from nothing but Python 3.11+.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
MODEL ?= qwen2.5-coder-0.5b
KERNELS := kernels/cpu/libleadsman.so

.PHONY: demo test check unit gate model clean

demo: $(VENV)/.ready $(KERNELS) model
	$(BIN)/python -m evals.demo --model $(MODEL)

# One command for everything that must hold: style, types, imports between packages, behaviour, and
# what the model can do.
test: check unit gate

check: $(VENV)/.ready $(KERNELS)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

unit: $(VENV)/.ready $(KERNELS) model
	$(BIN)/python -m pytest

# The first tasks of HumanEval in whole batches, so that the texts are those of the full baseline.
gate: $(VENV)/.ready $(KERNELS) model
	$(BIN)/python -m evals.humaneval --model $(MODEL) --limit 32 --run-dir build/evals \
		--baseline evals/baselines/$(MODEL).humaneval.chat.json

model: $(VENV)/.ready
	$(BIN)/leadsman model pull $(MODEL)

$(VENV)/.ready: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Leadsman needs Python 3.11 or later; call make PYTHON=/path/to/python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

# The installation compiles them too; this is for whoever changed a source since.
$(KERNELS): $(wildcard kernels/cpu/native/*) kernels/cpu/build.py | $(VENV)/.ready
	-$(BIN)/python -m kernels.cpu.build

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache $(KERNELS)
