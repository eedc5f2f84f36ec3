PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
OUT := out
SHELL := bash
.SHELLFLAGS := -euo pipefail -c

.PHONY: help setup verify test thorough mutate soundness fuzz lint latex bench clean

help: ## these lines
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10

setup: $(READY) ## a virtual environment with everything, in .venv

$(READY): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	@touch $@

verify: $(READY) ## a verdict on every equation that is shipped
	$(BIN)/derivations check

test: $(READY) ## the tests of every day
	$(BIN)/python -m pytest -n 2 -m "not slow" examples tests --derivations-draws 64

thorough: $(READY) ## the tests that take long: the README's sessions, the shipped derivations by pytest, wrong variants
	$(BIN)/python -m pytest -n 2 -m slow tests
	$(BIN)/python -m pytest -n 2 derivations --derivations-draws 64

mutate: $(READY) ## wrong variants of every equality that holds: none may survive
	$(BIN)/derivations mutate

soundness: $(READY) ## the prover beside 20,000 wrong variants, none proved, and 2,000 right identities
	$(BIN)/python -m tests.soundness --mutants 20000 --identities 2000 --seed 0

fuzz: $(READY) ## the reader of LaTeX beside 100,000 random and changed formulas: none crashes it, or is changed by it
	$(BIN)/python -m tests.reader_fuzz --count 100000 --seed 0
	$(BIN)/python -m tests.meaning_fuzz --count 100000 --seed 0

lint: $(READY) ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/mypy

latex: $(READY) ## fragments to \input, and a document of all, with its PDF where pdflatex or typst is installed
	@rm -rf $(OUT)/latex
	$(BIN)/derivations latex -o $(OUT)/latex >/dev/null
	@if command -v pdflatex >/dev/null || $(BIN)/python -c 'import typst' 2>/dev/null; then \
	    $(BIN)/derivations latex --pdf -o $(OUT); \
	else $(BIN)/derivations latex --document -o $(OUT); echo "neither pdflatex nor typst is installed: no PDF"; fi

bench: $(READY) ## how long it takes, in ratios
	$(BIN)/python -m benchmarks

clean: ## removes what the other targets made
	rm -rf $(VENV) $(OUT) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
