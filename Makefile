# make help says what there is. Everything runs from any directory: make -C /path/to/plancia demo
.DEFAULT_GOAL := help
.PHONY: help demo test check bench lock
setup := python3 tools/setup
# Django's own checks want settings; these touch nothing of anybody's.
quiet := PLANCIA_MODE=test PLANCIA_SECRET_KEY=none PLANCIA_HOME=$${TMPDIR:-/tmp}/plancia-none DJANGO_SETTINGS_MODULE=plancia.config.settings

help: ## Say what there is
	@echo "Plancia. PORT and PLANCIA_HOME may be set; see docs/settings.md."
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1	\2/p' Makefile | expand -t 16

demo: ## Install, and serve a provider with a past until Ctrl-C
	@command -v python3 >/dev/null || { echo "Plancia needs Python 3.11 or newer as python3."; exit 1; }
	@exec $(setup) run -- plancia demo

test: ## Install, then everything that CI runs: make check, and the tests
	@command -v python3 >/dev/null || { echo "Plancia needs Python 3.11 or newer as python3."; exit 1; }
	@$(MAKE) --no-print-directory check
	@exec $(setup) dev -- pytest -n 2 --dist loadfile --no-loadscope-reorder

check: ## The quick look: format, lint, types, layers, migrations
	@$(setup) dev
	.venv/bin/ruff format --check --output-format concise .
	.venv/bin/ruff check --quiet .
	@echo .venv/bin/lint-imports
	@said=$$(.venv/bin/lint-imports --no-logo 2>&1) || { echo "$$said"; exit 1; }
	.venv/bin/mypy --no-error-summary
	@$(quiet) .venv/bin/python -W ignore manage.py makemigrations --check --dry-run

bench: ## Measure, and write bench/RESULTS.md
	@exec $(setup) dev -- python -m bench

lock: ## Pin the requirements anew (needs uv)
	@command -v uv >/dev/null || { echo "make lock needs uv: pip install uv"; exit 1; }
	uv pip compile pyproject.toml --quiet --extra build --output-file requirements/run.lock $(compile)
	uv pip compile pyproject.toml --quiet --extra build --extra dev --constraint requirements/run.lock --output-file requirements/dev.lock $(compile)

compile := --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --universal --python-version 3.11
