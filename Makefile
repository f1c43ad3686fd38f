# `make run` is all a newcomer needs; `make help` lists the rest.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help setup run test test-fast test-faults lint format bench bench-nlu bench-reminders bench-admin bench-whatsapp bench-faults lock clean

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

setup:  ## environments, model, database, guidance; skips what is up to date
	@$(PYTHON) -m tools.setup

run: setup  ## web chat on http://127.0.0.1:8080
	@exec $(BIN)/sinetral run

test:  ## every test but those of `test-faults`, of which a sample runs
	@$(PYTHON) -m tools.setup test
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not (faults and full)"
	$(BIN)/python -m pytest tests/faults/test_intake.py

test-faults:  ## break one part after another in running bots; some forty minutes
	@$(PYTHON) -m tools.setup bot
	$(BIN)/python -m pytest tests/faults

test-fast:  ## under 60 seconds, no Rasa, no browser
	@$(PYTHON) -m tools.setup bot
	$(BIN)/python -m pytest -m "not full" -n 2 --dist worksteal

lint:  ## ruff, mypy, import-linter
	@$(PYTHON) -m tools.setup bot
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format:  ## let ruff rewrite what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: setup  ## seconds of a parse and of an answer, as ratios within this run
	$(BIN)/python -m tests.benchmarks

UCHAT ?= ../shared/benchmarks/uchat-id

bench-nlu: setup  ## baselines, stock Rasa DIET and the outside benchmark in UCHAT; about two hours
	$(BIN)/sinetral nlu evaluate
	.venv-nlu/bin/python -m nlu.evaluation.benchmarks --diet
	test -d .venv-encoder || ($(PYTHON) -m venv .venv-encoder && .venv-encoder/bin/pip install -q --require-hashes -r nlu/encoder/training/requirements.txt)
	test -d var/uchat-all || .venv-encoder/bin/python -m nlu.encoder.training --benchmark $(UCHAT) --epochs 12 --frozen 3 --out var/uchat-all
	test -d var/uchat-slice || .venv-encoder/bin/python -m nlu.encoder.training --benchmark $(UCHAT) --hold-out --epochs 12 --frozen 3 --out var/uchat-slice
	.venv-nlu/bin/python -m nlu.evaluation.benchmarks --uchat $(UCHAT) --uchat-encoders var/uchat-all var/uchat-slice
	test -d var/with || .venv-encoder/bin/python -m nlu.encoder.training --data nlu/data/writer_1 --epochs 3 --out var/with
	test -d var/without || .venv-encoder/bin/python -m nlu.encoder.training --data nlu/data/writer_1 --epochs 3 --out var/without \
		--leave-out $$(.venv-nlu/bin/python -m nlu.evaluation.benchmarks --left-out 2>/dev/null)
	.venv-nlu/bin/python -m nlu.evaluation.benchmarks --unseen var/with var/without

bench-reminders:  ## rates, sizes and kills of campaigns; some forty minutes
	@$(PYTHON) -m tools.setup bot
	$(BIN)/python -m tests.benchmarks.reminders
	SINETRAL_TIMED=1 SINETRAL_STORIES=200 $(BIN)/python -m pytest tests/integration/campaigns/engine

bench-admin:  ## pages of figures over millions of rows; some five minutes
	@$(PYTHON) -m tools.setup bot
	$(BIN)/python -m tests.benchmarks.admin

bench-whatsapp: setup  ## 240 statuses and 30 messages a second for a minute, on one process
	$(BIN)/python -m tests.benchmarks.whatsapp

bench-faults:  ## every malformed update, lost acceptances, and parts that break down under load; some two hours
	@$(PYTHON) -m tools.setup bot
	$(BIN)/python -m tests.benchmarks.faults

lock:  ## pin the newest allowed versions with hashes; needs uv
	uv pip compile pyproject.toml --extra dev -p 3.11 --universal --upgrade -q $(LOCK_OPTIONS) -o requirements.txt
	uv pip compile nlu/requirements.in -p 3.10 --universal --upgrade -q $(LOCK_OPTIONS) --excludes nlu/excluded.in -o nlu/requirements.txt
	uv pip compile nlu/encoder/training/requirements.in -p 3.11 --universal --upgrade -q $(LOCK_OPTIONS) -o nlu/encoder/training/requirements.txt
	uv pip compile tests/integration/channels/telegram/emulator.in -p 3.11 --universal --upgrade -q $(LOCK_OPTIONS) -o tests/integration/channels/telegram/emulator-requirements.txt
	uv pip compile tests/integration/channels/whatsapp/outside.in -p 3.11 --universal --upgrade -q $(LOCK_OPTIONS) -o tests/integration/channels/whatsapp/outside-requirements.txt

LOCK_OPTIONS := --generate-hashes --no-header --no-annotate --no-emit-index-url

clean:  ## remove environments and models; the database and its key stay
	rm -rf .venv .venv-nlu var/models build *.egg-info
