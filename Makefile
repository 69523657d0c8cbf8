# Two commands do it all: `make run` and `make test`. Everything is installed into .venv, nothing by hand.
PYTHON ?= python3
BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install --disable-pip-version-check --require-hashes

.PHONY: run test test-postgresql faults lint check audit bench fmt lock messages
.DEFAULT_GOAL := run

run: .venv/run.done ## start the platform on http://127.0.0.1:8000/ (PORT, DATA_DIR)
	@$(BIN)/python manage.py serve

test: .venv/test.done ## run every test, in real Chromium too
	@$(BIN)/python tests/chromium.py
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS) # a file as a whole to one process

test-postgresql: .venv/test.done ## the tests again, with a real PostgreSQL instead of SQLite
	$(BIN)/python -m tests.postgresql -n auto --dist loadfile $(or $(PYTEST_ARGS),tests/survey tests/visual tests/textcond tests/site)

faults: .venv/test.done ## the faults that take their time: crashes, a full disk, a database that is away
	$(BIN)/python -m pytest -m "slow or not slow" tests/faults $(PYTEST_ARGS)

lint: .venv/test.done ## style, types, import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy explornn_site survey visual textcond
	$(BIN)/lint-imports

check: lint test ## all that has to hold before a commit
	$(BIN)/python manage.py makemigrations --check --dry-run

audit: .venv/audit.done ## ask a public database about known holes of all locked versions; fails when it cannot
	@$(BIN)/python requirements/audit.py .venv/audit/bin/pip-audit

bench: .venv/run.done ## how fast we are, beside PyTorch and TensorFlow.js where they are installed (BENCH_ARGS)
	@$(BIN)/python -m benchmarks $(BENCH_ARGS)

fmt: .venv/test.done ## format the code
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

messages: .venv/test.done ## gather the words of the participants' pages for translation, and compile what is translated
	$(BIN)/python -m tests.messages $(LANGUAGES)

lock: .venv/bin/python ## choose dependency versions anew (requirements/*.in) and lock them
	$(BIN)/python -m pip install --quiet uv
	for name in run test audit; do $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 \
		--generate-hashes --no-strip-extras --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" \
		requirements/$$name.in --output-file requirements/$$name.lock; done

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed; this is " + sys.version.split()[0] + ". Name another one: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv .venv

.venv/run.done: requirements/run.lock | .venv/bin/python
	@echo "Installing what the platform needs (once; a minute or two) ..."
	$(INSTALL) -r requirements/run.lock
	@touch $@

.venv/test.done: requirements/test.lock requirements/run.lock | .venv/bin/python
	@echo "Installing what the tests need (once; a minute or two) ..."
	$(INSTALL) -r requirements/test.lock
	@touch $@

.venv/audit.done: requirements/audit.lock | .venv/bin/python
	$(PYTHON) -m venv .venv/audit # apart from the site: it brings libraries of its own
	.venv/audit/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/audit.lock
	@touch $@
