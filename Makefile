# Targets do their own set-up in .venv; only Python 3.11 or newer and make are needed.
PYTHON ?= $(shell for one in python3 python3.13 python3.12 python3.11; do \
	$$one -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && exec echo $$one; done; echo python3)
VENV ?= .venv
HOST ?= 127.0.0.1
PORT ?= 5000
# Folder that holds the labelled sets of benchmarks/reading.py.
DATA ?= ../shared/data/lines
# Further arguments for pip, for instance an index with CPU builds of torch.
PIP_ARGS ?=
# Python interpreters of environments that hold the peers of bench-accuracy: rapidocr and faster-paddle; easyocr.
PEERS ?= $(BIN)/python
EASYOCR ?= $(PEERS)

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check $(PIP_ARGS)
PYTEST := $(BIN)/python -m pytest -p tests.no_skip
SOURCES := src training tests benchmarks

.DEFAULT_GOAL := help
.PHONY: help serve test test-all screenshots lint bench bench-latency bench-serving bench-accuracy evaluate floor refit clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

serve: $(VENV)/.runtime ## serve the web page and the API (HOST, PORT); opens a browser where there is one
	@if [ -n "$${DISPLAY:-}$${WAYLAND_DISPLAY:-}" ] || [ "$$(uname)" = Darwin ]; then \
		(sleep 3; $(BIN)/python -m webbrowser -t http://$(HOST):$(PORT)/ >/dev/null 2>&1) & fi; \
	exec $(BIN)/lucidocr serve --host $(HOST) --port $(PORT)

test: $(VENV)/.dev ## test the runtime: pip is all it needs
	$(PYTEST) -m "not torch and not browser and not system" --ignore=tests/training --ignore=tests/parity --ignore=tests/system

test-all: $(VENV)/.all lint ## lint, and test everything: needs torch, Chromium and Debian's fonts
	$(PYTEST)

screenshots: $(VENV)/.dev ## make the documentation's pictures of the web page: needs Chromium and Debian's Noto CJK
	LUCIDOCR_SCREENSHOTS=docs/figures $(PYTEST) tests/browser/test_screenshots.py

lint: $(VENV)/.all ## ruff, mypy --strict, import-linter
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.dev ## measure memory over many readings
	$(BIN)/python -m benchmarks.memory

bench-latency: $(VENV)/.dev ## time a line beside PP-OCRv6-small's recogniser, renew the tables
	$(BIN)/python -m benchmarks.latency
	$(BIN)/python -m benchmarks.tables

bench-serving: $(VENV)/.dev ## load the service beside one of RapidOCR, let things fail, renew the tables
	$(BIN)/python -m benchmarks.microbatches
	$(BIN)/python -m benchmarks.serving
	$(BIN)/python -m benchmarks.faults
	$(BIN)/python -m benchmarks.tables

bench-accuracy: $(VENV)/.dev ## read DATA beside other OCR programs (PEERS, EASYOCR), renew the tables
	$(BIN)/python -m benchmarks.accuracy $(DATA) --peers $(PEERS) --easyocr $(EASYOCR)
	$(BIN)/python -m benchmarks.tables

evaluate: $(VENV)/.dev ## read the labelled sets in DATA, keep the figures, renew the README's tables
	$(BIN)/python -m benchmarks.reading $(DATA)
	$(BIN)/python -m benchmarks.tables

floor: $(VENV)/.dev ## fail where the weights read a sample of DATA worse than benchmarks/results/floor.json
	$(BIN)/python -m benchmarks.floor $(DATA)

refit: $(VENV)/.all ## rebuild every part of the model that depends on the weights, and report on them
	$(BIN)/python -m lucidocr_training refit --data $(DATA)/..
	$(BIN)/python -m benchmarks.reading $(DATA)
	$(BIN)/python -m benchmarks.calibration $(DATA)/..
	$(BIN)/python -m benchmarks.correcting $(DATA)
	$(BIN)/python -m benchmarks.confidence $(DATA)/..
	$(BIN)/python -m benchmarks.explaining --data $(DATA)/..
	$(BIN)/python -m benchmarks.tables

clean: ## remove .venv and caches
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache

$(VENV)/.created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed; name one: make PYTHON=python3.11 ..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.runtime: $(VENV)/.created pyproject.toml
	$(PIP) --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.created pyproject.toml
	$(PIP) --editable '.[dev]'
	@touch $@ $(VENV)/.runtime

$(VENV)/.all: $(VENV)/.created pyproject.toml
	$(PIP) --editable '.[dev,train,check]'
	@touch $@ $(VENV)/.dev $(VENV)/.runtime
