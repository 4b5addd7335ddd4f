# FlowGen: `make run` installs into .venv and starts a server; plain `make` lists the rest.

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -q install --no-compile -c constraints.txt
SOURCES := flowgen_core gateway plugins protos tests

.DEFAULT_GOAL := help
.PHONY: help setup run demo test check bench protos format clean

help:  ## List the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/\t/' | expand -t 10

setup: .venv/.runtime  ## Make .venv and install FlowGen into it, once

run: setup  ## Start a server with a demo project on 127.0.0.1:8080
	@$(BIN)/flowgen serve --demo

demo: setup  ## Play two job applications over REST and check them
	@$(BIN)/flowgen demo

test: .venv/.dev  ## Run the tests
	@$(BIN)/python -m pytest -q -n 2

check: .venv/.dev  ## Format, lint, types, imports, protos, tests: what a commit must pass
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/buf lint
	$(BIN)/python protos/generate.py --check
	$(BIN)/python -m pytest -q -n 2

bench: .venv/.dev  ## Measure messages a second and their latency
	@$(BIN)/python bench/chats.py
	@$(BIN)/python bench/runs.py

protos: .venv/.dev  ## Write flowgen_core/pb from protos
	@$(BIN)/python protos/generate.py

format: .venv/.dev  ## Format the code and sort its imports
	@$(BIN)/ruff check --fix -q --select I,F401 . && $(BIN)/ruff format -q .

clean:  ## Remove .venv and all caches; data/ stays
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .grimp_cache
	@find $(SOURCES) -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamps are newer than what they were made from, so each installation is done once.
.venv/bin/python:
	@echo "Making .venv …"
	@$(PYTHON) -m venv .venv

.venv/.runtime: pyproject.toml constraints.txt | .venv/bin/python
	@echo "Installing FlowGen …"
	@$(PIP) -e .
	@touch $@

.venv/.dev: .venv/.runtime
	@echo "Installing the development tools …"
	@$(PIP) -e '.[dev]'
	@touch $@
