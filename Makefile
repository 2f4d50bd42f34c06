# Two commands on a fresh machine: `make run` and `make test`. Both need Python 3.11 or later.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test lint bench clean
run: $(VENV)/.run
	@$(BIN)/evenhand check --samples --exit-zero

test: $(VENV)/.dev
	$(BIN)/python -m pytest -q -n 2

lint: $(VENV)/.dev
	$(BIN)/ruff check engine tests benchmarks
	$(BIN)/mypy
	PYTHONPATH=engine $(BIN)/lint-imports

# make bench CORPUS=reviews.jsonl: JSON lines with `text`; without CORPUS a corpus is generated
bench: $(VENV)/.bench
	PYTHONPATH=engine $(BIN)/python -m benchmarks.bench $(if $(CORPUS),--corpus $(CORPUS))

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "evenhand needs Python 3.11 or later: make PYTHON=/path/to/python3.11 run" >&2; exit 2; }
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip

$(VENV)/.run: pyproject.toml | $(BIN)/python
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/.dev: pyproject.toml | $(BIN)/python
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@ $(VENV)/.run

$(VENV)/.bench: pyproject.toml | $(BIN)/python
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[bench]'
	@touch $@ $(VENV)/.run

clean:
	rm -rf $(VENV) build dist
