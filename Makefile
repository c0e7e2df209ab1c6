# Everything that people and CI do with this tree. Needs make, Python 3.11 or newer and a package index; `make help` lists the rest.

PYTHON ?= python3
ARGS   ?=
VENV   := .venv
BIN    := $(VENV)/bin
MADE   := $(VENV)/.made
RUN    := $(VENV)/.run
DEV    := $(VENV)/.dev
PIP    := $(BIN)/python -m pip --disable-pip-version-check -qq
LOCKED := install --require-hashes --only-binary :all:
ROOMS  := main.py wiring.py config.py core storage usecases providers notifications documents dialogue ussd bot web jobs cli runtime sandbox simulation
COMPILE := $(BIN)/uv pip compile pyproject.toml --quiet --no-config --universal --python-version 3.11 --generate-hashes \
           --no-header --no-annotate --no-emit-index-url --no-emit-find-links $(if $(UPGRADE),--upgrade) --group build

# What is compiled is kept, also where the environment forbids it: else each process that a test starts compiles all it imports.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run test check cover format bench prove lock clean .venv

help: ## what can be made
	@grep -hE '^[a-z.]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | while IFS="$$(printf '\t')" read -r name text; do \
	    printf '  make %-8s %s\n' "$$name" "$$text"; done

run: $(RUN) ## the demo on http://127.0.0.1:8080 (ARGS="--fresh --port 8081")
	@$(BIN)/karani demo $(ARGS)

test: $(DEV) ## the whole suite, on SQLite and on a real PostgreSQL and Redis (ARGS="-k refund")
	@$(BIN)/pytest -n auto --dist worksteal $(ARGS)

# Types are looked at beside the suite, which leaves a processor idle now and then.
check: $(DEV) ## what CI runs: format, lint, types, import contracts, the suite with coverage of core and usecases
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	@$(BIN)/mypy & types=$$!; \
	$(BIN)/pytest -n auto --dist worksteal --cov=core --cov=usecases --cov-report=term --cov-fail-under=100; suite=$$?; \
	wait $$types && exit $$suite

# Tracing every room takes half as long again as the rooms that must be covered whole.
cover: $(DEV) ## the suite with the coverage of every room, which may not fall below its floor
	$(BIN)/pytest -n auto --dist worksteal --cov --cov-report=term

format: $(DEV) ## put the tree in the house's format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(DEV) ## benchmarks, each beside its limit (ARGS="--only P1,P8 --json")
	@$(BIN)/python -m bench $(ARGS)

prove: $(DEV) ## the long proofs: the suite with many seeds and long histories (ARGS="tests/core")
	@KARANI_PROVE=1 $(BIN)/pytest -n auto --dist worksteal $(ARGS)

lock: $(DEV) ## write both locks from pyproject.toml (UPGRADE=1 takes the newest releases)
	$(COMPILE) -o requirements.lock
	$(COMPILE) --group dev -c requirements.lock -o requirements-dev.lock

clean: ## remove the environment and every cache; data stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage .coverage.* htmlcov dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv: $(DEV) ## only the environment, with everything for tests

# One environment, one stamp a lock: whichever of `run` and `test` comes first, the other adds what is missing.

$(MADE):
	@command -v $(PYTHON) >/dev/null || { echo "Karani needs Python 3.11 or newer: '$(PYTHON)' was not found; choose one with make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo "Karani needs Python 3.11 or newer: '$(PYTHON)' is $$($(PYTHON) --version 2>&1); choose another with make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv --clear $(VENV) || { \
	    echo "'$(PYTHON)' cannot make a virtual environment; on Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@touch $@

$(RUN): requirements.lock pyproject.toml | $(MADE)
	@echo "Installing what Karani runs with (once)"
	@$(PIP) $(LOCKED) -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	-@$(BIN)/python -m compileall -q $(wildcard $(ROOMS))
	@touch $@

# The second lock holds the first, pin for pin (tests/test_habits.py), so both stamps are earned.
$(DEV): requirements-dev.lock requirements.lock pyproject.toml | $(MADE)
	@echo "Installing what Karani runs and is tested with (once)"
	@$(PIP) $(LOCKED) -r requirements-dev.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	-@$(BIN)/python -m compileall -q $(wildcard $(ROOMS))
	@touch $(RUN) $@
