# The commands of this repository. `make help` lists them; each first installs what it needs.
SHELL := /bin/bash
# A run starts hundreds of processes: let them be compiled once.
unexport PYTHONDONTWRITEBYTECODE
.DEFAULT_GOAL := help
.PHONY: demo setup run test check bench fix migration upgrade shell routes pdf strings lock walk help

bin := .venv/bin
ready := tools/setup run
ready_to_test := tools/setup test
# A secret of its own, kept in instance/; pages tell what went wrong.
develop := FLASK_DEBUG=1

demo: ## set up, fill a database with the demo company, serve it on http://127.0.0.1:8000
	@$(ready)
	@$(bin)/portal demo

setup: ## install and build what is missing, nothing else
	@$(ready)

run: ## serve with reload and run jobs beside it, for work on the code
	@$(ready)
	@$(develop) $(bin)/portal init
	@$(develop) $(bin)/portal worker & trap "kill $$!" EXIT; \
	    PORTAL_JOBS=external $(develop) $(bin)/flask run --port 8000

test: ## all tests, or those in T: make test T=tests/concessions
	@$(ready_to_test)
	@$(bin)/pytest --numprocesses auto --maxprocesses 8 --dist worksteal $(T)

check: ## what the build server checks: form, types, imports, templates, texts, migrations
	@$(ready_to_test)
	@$(bin)/python tools/check.py

bench: ## paired measurements into docs/performance.md; SCALE=full for the figures of the docs
	@$(ready_to_test)
	@$(bin)/python -m bench $(if $(SCALE),--scale $(SCALE))

fix: ## repair what a tool can repair
	@$(ready_to_test)
	@$(bin)/ruff check --fix-only --quiet .
	@$(bin)/ruff format --quiet .
	@$(bin)/python tools/strings.py extract

migration: ## new migration from the models, then read it: make migration m="add concession state"
	@test -n "$(m)" || { echo 'Say what it does: make migration m="add concession state"'; exit 2; }
	@$(ready_to_test)
	@$(develop) $(bin)/flask db upgrade
	@$(develop) $(bin)/flask db migrate -m "$(m)"
	@$(bin)/ruff format --quiet migrations

upgrade: ## bring the database at DATABASE_URL to the newest migration
	@$(ready)
	@$(develop) $(bin)/portal upgrade

shell: ## Python with the application
	@$(ready)
	@$(develop) $(bin)/flask shell

routes: ## all addresses with the permission each asks for
	@$(ready)
	@$(develop) $(bin)/python tools/routes.py

pdf: ## sample PDFs of every kind and language into tmp/pdf
	@$(ready)
	@$(bin)/python tools/sample_pdfs.py

strings: ## collect the visible texts for the translators
	@$(ready)
	@$(bin)/python tools/strings.py extract

lock: ## pin the dependencies again; U=--upgrade takes their newest versions
	@$(ready)
	@tools/lock $(U)

walk: ## every page, theme, language and width into tmp/walk; WALK=fr-390,dark for some of them
	@$(ready_to_test)
	@$(bin)/pytest tests/journeys/walk.py

help: ## this list
	@sed -nE 's/^([a-z]+): ## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18
