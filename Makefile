# Two commands do all the set-up: make demo, make test.
# TORCH_INDEX: address of the package index to take torch and torchaudio from, such as PyTorch's own CPU builds (about 6 GB less); see README.md.
TORCH_INDEX ?=
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
READY := .venv/.ready

.PHONY: setup demo test check format clean

setup: $(READY)

$(READY): pyproject.toml constraints.txt
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null || { echo "tonlage: Python 3.11 is needed; install it, or name it: make PYTHON=/path/to/python3.11" >&2; exit 2; }
	@test -x $(BIN)/pip || "$(PYTHON)" -m venv .venv >/dev/null || { rm -rf .venv; echo "tonlage: this Python cannot make environments; install its venv package (Debian, Ubuntu: apt-get install python3-venv)" >&2; exit 2; }
	@$(BIN)/python -m pip install --quiet -c constraints.txt uv
	$(if $(TORCH_INDEX),$(BIN)/uv pip install --python $(BIN)/python -c constraints.txt --no-deps --index-url $(TORCH_INDEX) torch torchaudio)
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
