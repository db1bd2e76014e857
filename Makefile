SHELL := bash
.DEFAULT_GOAL := help
PYTHON := .venv/bin/python
export PROJ_DATA ?= /usr/share/proj
SCENES ?=

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' Makefile

setup: ## Install what demo and tests need (idempotent)
	@bash .ci/setup

test: setup ## Run all tests
	@$(PYTHON) -m pytest -p no:pytest_qgis tests/core

lint: setup ## Check style, types and security
	@.venv/bin/ruff check . && .venv/bin/ruff format --check . && .venv/bin/mypy && .venv/bin/bandit -q -r plugin ui __init__.py -c pyproject.toml

.PHONY: help setup test lint
