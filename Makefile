SHELL := bash
.DEFAULT_GOAL := help
ROOT := $(CURDIR)
PYTHON := .venv/bin/python
PROFILE := $(ROOT)/.profile/profiles/default
export PROJ_DATA ?= /usr/share/proj
# A folder of Sentinel-2 products for the demo; empty makes small sample products.
SCENES ?=
QM := $(patsubst %.ts,%.qm,$(wildcard i18n/*.ts))
# Which tests: a folder, a file, or pytest's own words.
TESTS ?=

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' Makefile

setup: ## Install what demo and tests need (idempotent)
	@bash .ci/setup

demo: setup ## The main job on sample scenes, or on real ones: make demo SCENES=folder
	@$(PYTHON) tests/demo.py $(if $(SCENES),"$(SCENES)")

test: setup profile ## Run all tests
	@SKYFRI_PROFILE="$(ROOT)/.profile" bash .ci/test $(TESTS)

# One of Debian's: bookworm, trixie, testing. BY=user: with sudo instead of as root. FRESH=1: begin with a bare system again.
SUITE ?= trixie
test-in: ## Set up, demo and tests on a bare Debian, in a chroot (root only): make test-in SUITE=trixie
	@BY="$(BY)" FRESH="$(FRESH)" bash .ci/test-in $(SUITE) $(TESTS)

lint: setup ## Check style, types and security
	@.venv/bin/ruff check . && .venv/bin/ruff format --check . && .ci/types && .venv/bin/bandit -q -r plugin ui __init__.py -c pyproject.toml

bench: setup ## Measure speed and memory against the budgets; one of them: make bench BENCH=workspace
	@for script in tests/bench/$(or $(BENCH),*).py; do \
	  case $$script in */clouds_predict.py) words=(--scene "$${SKYFRI_DATA:-../shared/data}/cumulus_31UFS_10m") ;; *) words=() ;; esac; \
	  echo "== $$script"; $(PYTHON) $$script "$${words[@]}" || exit 1; \
	done

install: setup $(QM) ## Link the plugin into your QGIS profile and enable it
	@$(PYTHON) .ci/profile link

uninstall: ## Undo that
	@python3 .ci/profile unlink

env: setup profile $(QM) ## Print the shell lines that let qgis_process find everything
	@echo 'export QGIS_CUSTOM_CONFIG_PATH="$(ROOT)/.profile"'
	@echo 'export PYTHONPATH="$(wildcard $(ROOT)/.venv/lib/python3*/site-packages)$${PYTHONPATH:+:$$PYTHONPATH}"'
	@echo 'export PROJ_DATA="$(PROJ_DATA)"'
	@echo 'export QT_QPA_PLATFORM=offscreen'
	@echo 'export XDG_RUNTIME_DIR="$${XDG_RUNTIME_DIR:-$(ROOT)/.profile/runtime}"'

run-qgis: setup profile $(QM) ## Open QGIS with the demo's workspace in the dock and its mosaic on the map
	@[ -n "$$DISPLAY$$WAYLAND_DISPLAY" ] || { echo "There is no display; use qgis_process (make env), or run this where there is one." >&2; exit 1; }
	@[ -f demo/workspace.gpkg ] && [ -f demo/mosaic_rgb.tif ] || $(MAKE) --no-print-directory demo
	@eval "$$($(MAKE) -s --no-print-directory env)" && unset QT_QPA_PLATFORM && SKYFRI_DEMO="$(ROOT)/demo" exec qgis --nologo --noversioncheck --code tests/open_demo.py

screenshots: setup ## Make the pictures of the README on real scenes: make screenshots SCENES=folder
	@$(PYTHON) tests/screenshots.py $(if $(SCENES),"$(SCENES)")

translations: setup ## Collect the texts to translate and list those that lack a translation
	@$(PYTHON) i18n/collect.py

docs: setup ## Write the reference of the algorithms from their own help
	@$(PYTHON) docs/make_reference.py

package: setup ## Make the zip that users install
	@$(PYTHON) .ci/package

profile:
	@[ "$$(readlink "$(PROFILE)/python/plugins/skyfri")" = "$(ROOT)" ] && grep -q '^skyfri=true' "$(PROFILE)/QGIS/QGIS3.ini" 2>/dev/null || python3 .ci/profile plain "$(PROFILE)"
	@mkdir -p -m 700 "$(ROOT)/.profile/runtime"

# Without Qt's lrelease the plugin speaks English.
i18n/%.qm: i18n/%.ts
	@$(PYTHON) i18n/collect.py --compile || true

.PHONY: help setup demo test test-in lint bench install uninstall env run-qgis screenshots translations docs package profile
