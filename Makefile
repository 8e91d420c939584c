# edgetwin: `make up` runs it, `make test` checks it, `make` lists the rest.

PYTHON ?= python3
VENV := .venv/bin
INSTALLED := $(wildcard .venv/.edgetwin-lock*)
PYTEST ?=
# A file stays with one worker and its servers; the order is that of tests/conftest.py.
BY_FILE := --dist loadfile --no-loadscope-reorder
# More than there are cores: half of the tests wait for real servers.
WORKERS := -n 3 $(BY_FILE)
LOCK := $(VENV)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate \
	--no-emit-index-url --python-version 3.11 pyproject.toml
NODE_PARTS := node-red firmware
QUICK := not slow and not broker and not browser and not influxdb and not kafka and not micropython
# Each worker rewrites the asserts of all test files unless it may keep what it wrote, whatever the
# environment says of bytecode in the tree: some 20 s of a processor for each.
KEPT := PYTHONDONTWRITEBYTECODE= PYTHONPYCACHEPREFIX=$(CURDIR)/.pytest_cache/bytecode
# What runs side by side is shown one after the other (make 4.0 or later; else mixed).
BY_TARGET := $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)
COMPOSE_SECRETS := EDGETWIN_API_TOKEN=x EDGETWIN_INFLUXDB_TOKEN=x
MAKEFLAGS += --no-print-directory

.DEFAULT_GOAL := help
.PHONY: help up down status python setup setup-dev boards influx test check test-quick lint test-node bench format lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

up: setup ## set up what is missing, start everything, show the logs until Ctrl-C
	@$(VENV)/python -m scripts.up

down: ## stop everything, from any terminal
	@test -z "$(INSTALLED)" || $(VENV)/python -m scripts.down

status: ## show the running processes
	@test -n "$(INSTALLED)" || echo 'edgetwin is not installed yet: `make up` does that as well.'
	@test -z "$(INSTALLED)" || $(VENV)/python -m scripts.status || true

boards: python ## install what flashes and updates boards (docs/boards.md)
	@$(PYTHON) -m scripts.setup --boards

influx: setup ## put a real InfluxDB 2.7 in place (needs Go and Rust); `make up` then runs it
	@$(VENV)/python -m influx build

test: setup-dev ## everything: lint, types, imports, tests with real servers and a browser
	@$(VENV)/python -m scripts.influx_for_tests
	@$(VENV)/python -m scripts.kafka_for_tests
	@$(MAKE) lint test-node
	@$(VENV)/pytest $(WORKERS) $(PYTEST)

check: setup-dev ## the fast part of `make test`: no servers, no browser, nothing slow
	@$(MAKE) --jobs=2 $(BY_TARGET) test-quick lint test-node

bench: setup-dev ## measure: ours beside what a user would pick instead
	@$(VENV)/python -m scripts.kafka_for_tests
	@$(VENV)/python -m bench

format: setup-dev ## format Python and JavaScript
	@$(VENV)/ruff check --fix --quiet . ; $(VENV)/ruff format .
	@for part in $(NODE_PARTS); do npm --prefix $$part run --if-present format; done

lock: setup-dev ## renew the lock files from pyproject.toml
	@$(LOCK) --upgrade -o requirements.txt
	@$(LOCK) --upgrade --extra dev -c requirements.txt -o requirements-dev.txt
	@$(LOCK) --extra flash -c requirements-dev.txt -o requirements-boards.txt

clean: ## remove what was built: .venv, node_modules, caches; never var/, your data
	rm -rf .venv node-red/node_modules firmware/node_modules
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# ---- steps of the above

python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "edgetwin needs Python 3.11 or later; try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }

setup: python
	@$(PYTHON) -m scripts.setup

setup-dev: python
	@$(PYTHON) -m scripts.setup --dev

# Two workers, as nothing here waits for servers: lint and the node tests fill what they leave.
test-quick:
	@$(KEPT) $(VENV)/pytest -n 2 $(BY_FILE) -q -m "$(QUICK)" --hypothesis-profile quick $(PYTEST)

lint:
	$(VENV)/ruff check .
	$(VENV)/ruff format --check .
	$(VENV)/mypy
	$(VENV)/lint-imports
	@for part in $(NODE_PARTS); do npm --prefix $$part run --if-present format:check || exit 1; done
	@! docker compose version >/dev/null 2>&1 || env $(COMPOSE_SECRETS) docker compose config --quiet

test-node:
	@for part in $(NODE_PARTS); do npm --prefix $$part test --if-present || exit 1; done
