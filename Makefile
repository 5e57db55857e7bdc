.DEFAULT_GOAL := help
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv

help: ## what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

lock: ## write requirements*.txt from pyproject.toml
	$(UV) pip compile pyproject.toml -q --generate-hashes --no-emit-index-url --no-header --python-version 3.11 -o requirements.txt
	$(UV) pip compile pyproject.toml --group dev -q --generate-hashes --no-emit-index-url --no-header --python-version 3.11 -c requirements.txt -o requirements-dev.txt
