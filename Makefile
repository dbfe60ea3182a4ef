# Two commands do all the set-up: make demo, make test.
# TORCH_INDEX: address of another package index to take torch and torchaudio from, for example PyTorch's CPU builds (about 6 GB less).
TORCH_INDEX ?=
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
READY := .venv/.ready

.PHONY: setup demo test check format clean

setup: $(READY)

$(READY): pyproject.toml constraints.txt
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { echo "tonlage: Python 3.11 is needed; install it, or name it: make PYTHON=/path/to/python3.11" >&2; exit 2; }
	@test -x $(BIN)/python || "$(PYTHON)" -m venv .venv
	@$(BIN)/python -m pip install --quiet -c constraints.txt uv
	$(if $(TORCH_INDEX),$(BIN)/uv pip install --python $(BIN)/python -c constraints.txt --index-url $(TORCH_INDEX) torch torchaudio)
	$(BIN)/uv pip install --python $(BIN)/python --compile-bytecode -c constraints.txt -e '.[dev]'
	@touch $(READY)

demo: $(READY)
	$(BIN)/tonlage demo --out demo_out

test: $(READY)
	$(BIN)/python -m pytest -q

check: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf .venv demo_out
