# Plain make, sh and pip: needs Python 3.11 or later and nothing else. Everything it installs stays in .venv and .venv-bench.
#
#   make run      check the sample feedback with the shipped policy
#   make test     the tests that take seconds; `make test ARGS=tests/test_gate.py` for some
#   make test ARGS="-m slow"    those that take minutes: kills, Spark, the wheel in an environment of its own
#   make lint     style, types and import contracts; `make format` puts the style right
#   make bench    speed beside named peers; `make bench CORPUS=reviews.jsonl ARGS="--json bench-1.json"`

ARGS =
CORPUS =
PYTHON =
VENV = .venv
BENCH_VENV = .venv-bench

PIP_INSTALL = -m pip install --quiet --disable-pip-version-check

.PHONY: run test lint format bench clean

run: $(VENV)/ready
	@$(VENV)/bin/evenhand check --samples --exit-zero $(ARGS)

test: $(VENV)/ready-dev
	@$(VENV)/bin/python -m pytest -q -n auto --dist loadfile $(ARGS)

lint: $(VENV)/ready-dev
	$(VENV)/bin/ruff check --output-format concise
	$(VENV)/bin/ruff format --check --output-format concise
	$(VENV)/bin/mypy
	PYTHONPATH=engine $(VENV)/bin/lint-imports

format: $(VENV)/ready-dev
	$(VENV)/bin/ruff check --fix-only
	$(VENV)/bin/ruff format

bench: $(BENCH_VENV)/ready
	@$(BENCH_VENV)/bin/python benchmarks/bench.py $(if $(CORPUS),--corpus "$(CORPUS)") $(ARGS)

clean:
	rm -rf "$(VENV)" "$(BENCH_VENV)" build dist

# Environments. The stamp files make every run after the first start at once; a changed pyproject.toml sets up anew.

$(VENV)/ready: pyproject.toml
	@$(call create,$(VENV))
	@echo "installing evenhand into $(VENV) (once)" >&2
	@$(VENV)/bin/python $(PIP_INSTALL) -e .
	@touch $@

$(VENV)/ready-dev: $(VENV)/ready
	@echo "installing the tools for tests into $(VENV) (once)" >&2
	@$(VENV)/bin/python $(PIP_INSTALL) -e '.[dev]'
	@touch $@

# The peers have an environment of their own: they pin libraries that evenhand uses too.
$(BENCH_VENV)/ready: pyproject.toml
	@$(call create,$(BENCH_VENV))
	@echo "installing evenhand and its peers into $(BENCH_VENV) (once; about 600 MB)" >&2
	@$(BENCH_VENV)/bin/python $(PIP_INSTALL) -e '.[audit]'
	@$(BENCH_VENV)/bin/python $(PIP_INSTALL) -e '.[bench]' || \
		echo "not all peers could be installed: the benchmark says which are absent and goes on" >&2
	@touch $@

# $(call create,FOLDER): an environment with the first Python that is new enough; `make PYTHON=...` names one.
NEW_ENOUGH = import sys; sys.exit(sys.version_info < (3, 11))
create = \
	[ -x $(1)/bin/python ] && $(1)/bin/python -m pip --version >/dev/null 2>&1 && exit 0; \
	for python in $(if $(PYTHON),"$(PYTHON)",python3 python3.15 python3.14 python3.13 python3.12 python3.11 python); do \
		if "$$python" -c '$(NEW_ENOUGH)' >/dev/null 2>&1; then \
			rm -rf $(1); \
			"$$python" -m venv $(1) && exit 0; \
			rm -rf $(1); \
			echo "$$python cannot make a virtual environment; on Debian and Ubuntu: apt install python3-venv" >&2; \
			exit 1; \
		fi; \
	done; \
	echo "evenhand needs Python 3.11 or later; found: $$(python3 --version 2>/dev/null || echo none)." >&2; \
	echo "Install one (https://www.python.org/downloads/) or name it: make PYTHON=/path/to/python3.12" >&2; \
	exit 1
