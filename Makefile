# All set-up happens in .venv; the only things needed beforehand are Python 3.11 and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
DEMO_ARGS ?=

.PHONY: demo compiled test check format lint types imports bench crash soak screenshots schema servers clean

demo: $(STAMP) compiled ## open the cockpit on the embedded cluster
	@$(BIN)/alfred-cockpit demo $(DEMO_ARGS)

test: $(STAMP) servers ## all tests, with real kubectl, Prometheus and OpenSSH
	@$(BIN)/python -m pytest -n 3 --dist loadgroup -q $(TEST_ARGS)

check: $(STAMP) ## exactly what CI runs
	$(BIN)/ruff format --check alfred_tui tests
	$(BIN)/ruff check alfred_tui tests
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(MAKE) --no-print-directory test

format: $(STAMP)
	$(BIN)/ruff format alfred_tui tests
	$(BIN)/ruff check --fix alfred_tui tests

bench: $(STAMP) compiled
	@$(BIN)/python -m tests.bench $(BENCH_ARGS)

soak: $(STAMP) compiled ## ten minutes of changes at ten thousand pods: memory stays flat (SOAK_ARGS: minutes)
	@$(BIN)/python -m tests.bench.soak $(SOAK_ARGS)

crash: $(STAMP) ## kills 210 runs at random moments, resumes and checks each (CRASH_ARGS: how many, --seed)
	@$(BIN)/python -m tests.crash $(CRASH_ARGS)

screenshots: $(STAMP)
	@$(BIN)/python -m tests.screenshots docs/images

schema: $(STAMP) ## rewrites checklists/checklist.schema.json from the types
	@$(BIN)/alfred-cockpit schema > checklists/checklist.schema.json

# Debian's Prometheus and OpenSSH server, where this account may install them. Where it may not, the
# tests that need them are skipped with the reason (and fail when CI=true).
servers:
	@sh tests/servers.sh

# An installed wheel has bytecode and a checkout has none: without it each start compiles every module, and
# the screen waits for the long ones.
compiled: $(STAMP)
	@$(BIN)/python -m compileall -q alfred_tui

$(STAMP): pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

clean:
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache
