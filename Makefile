# Everything a newcomer needs. `make demo` and `make test` install what they need by themselves.
SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin
DEMO := demo

.PHONY: help setup demo lab-demo readers test lab-spark-test mutants lint lint-python lint-types lint-rooms lint-shell format man bench fuzz lock release clean

help:            ## this list
	@sed -nE 's/^([^[:space:]:#]+):[^#]*## *(.*)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

setup: $(VENV)/.ready  ## install the Debian packages and the Python packages that are missing

$(VENV)/.ready: requirements/run.txt requirements/lab.txt requirements/dev.txt pyproject.toml setup.sh
	@./setup.sh $(VENV)
	@touch $@

demo: setup      ## a sample suspect disk, scanned; its findings, and the verified bundle
	@$(BIN)/python -m tests.demo $(DEMO)

lab-demo: setup  ## a lab's store: twenty small disks, searched; what six cases share; its pages (NO_BROWSER=1: not)
	@$(BIN)/python -m tests.lab.demo build/lab-demo 20 $(if $(NO_BROWSER),--no-browser)

readers: setup   ## every export, read by other tools (GLEAPP=, IPED=, DFXML=: what you have of them)
	@GLEAPP=$(GLEAPP) IPED='$(IPED)' DFXML=$(DFXML) $(BIN)/python -m tests.readers build/readers

test: setup      ## the whole suite, without the boot tests
	@tests/fetch.sh $(BIN)/python
	@$(BIN)/python -m pytest -q -n auto --dist loadfile

lab-spark-test: setup  ## every question of a lab's store, asked of Spark too (installs Java and PySpark, 700 MB)
	@WITH_JAVA=1 ./setup.sh $(VENV)
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes --no-deps -r requirements/lab-spark.txt
	@$(BIN)/python -m pytest -q -o addopts= tests/lab/spark

mutants: setup   ## small faults, one by one: each must turn one of its tests red (ONLY=word)
	@$(BIN)/python -m tests.mutants $(ONLY)

lint: lint-python lint-types lint-rooms lint-shell  ## all four of these

lint-python: setup  ## ruff: every module, test and program, with a suffix or without
	@$(BIN)/ruff check . $$(tests/programs.sh python)
	@$(BIN)/ruff format --check . $$(tests/programs.sh python)

lint-types: setup  ## mypy: likewise; programs one by one, as each is a main module
	@$(BIN)/mypy
	@(tests/programs.sh python; git ls-files 'image-build/*.py' ':!image-build/overlay') | sort -u | \
	  xargs -n 1 $(BIN)/mypy --no-error-summary

lint-rooms: setup  ## import-linter: a room imports only from those below it
	@$(BIN)/lint-imports

lint-shell: setup  ## shellcheck: every script, with a suffix or without
	@(tests/programs.sh sh; git ls-files '*.sh') | sort -u | xargs shellcheck --external-sources --source-path=SCRIPTDIR

format: setup    ## let ruff lay out the code
	@$(BIN)/ruff check --fix-only . $$(tests/programs.sh python)
	@$(BIN)/ruff format . $$(tests/programs.sh python)

man: setup       ## man pages, and completion for bash, zsh and fish, into build/share
	@SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) $(BIN)/python -m cli.manual build/share

bench: setup     ## seek beside its peers, in one run, as tables
	@$(BIN)/python -m tests.bench

fuzz: setup      ## every parser of ours, FUZZ_SECONDS each; crashes are kept in build/fuzz
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes --no-deps -r requirements/fuzz.txt
	@$(BIN)/python -m tests.fuzz $(or $(FUZZ_SECONDS),60)

lock: setup      ## resolve the dependencies anew and lock them with hashes
	@$(BIN)/uv pip compile -q --universal --generate-hashes --python-version 3.11 --no-header \
	  --no-annotate --upgrade --extra scan pyproject.toml -o requirements/run.txt
	@$(BIN)/uv pip compile -q --universal --generate-hashes --python-version 3.11 --no-header \
	  --no-annotate --upgrade -c requirements/run.txt --extra lab pyproject.toml -o requirements/lab.txt
	@$(BIN)/uv pip compile -q --universal --generate-hashes --python-version 3.11 --no-header \
	  --no-annotate --upgrade -c requirements/lab.txt --extra lab-spark pyproject.toml -o requirements/lab-spark.txt
	@$(BIN)/uv pip compile -q --universal --generate-hashes --python-version 3.11 --no-header \
	  --no-annotate --upgrade -c requirements/run.txt requirements/dev.in -o requirements/dev.txt
	@$(BIN)/uv pip compile -q --universal --generate-hashes --python-version 3.11 --no-header \
	  --no-annotate --upgrade -c requirements/dev.txt requirements/build.in -o requirements/build.txt

release: setup image-setup  ## all that is published of a version, of a tagged commit (TRIAL=1: of any)
	@$(BIN)/python -m release $(if $(TRIAL),--trial)

clean:           ## remove what the other targets made
	@rm -rf $(VENV) $(DEMO) build

-include image-build/image.mk
