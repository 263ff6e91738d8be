# The two main commands:  make chat  ·  make test
#
# On Linux without a GPU, name PyTorch's CPU index (the address is on its installation page).
# Otherwise pip downloads gigabytes of CUDA libraries:  make chat TORCH_INDEX=<address>

PYTHON ?= python3
TORCH_INDEX ?=
CORPUS ?= corpus
INDEX ?= index

VENV := .venv
BIN := $(VENV)/bin
HALF := $(VENV)/.half-installed
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
TORCH := $(shell grep '^torch==' constraints.txt)

.PHONY: chat test check bench bench-full screenshots lock clean

chat: $(VENV)/.ready
	@$(BIN)/chatbot build --corpus $(CORPUS) --index $(INDEX)
	@$(BIN)/chatbot serve --index $(INDEX)

# All checks: format, lint, types, and every test, including those with the real model and browser.
test: $(VENV)/.ready-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pytest

# The same without slow tests.
check: $(VENV)/.ready-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pytest -m "not slow"

bench: $(VENV)/.ready-dev
	$(BIN)/python -m tests.benchmarks

bench-full: $(VENV)/.ready-dev
	$(BIN)/python -m tests.benchmarks --full

# Retake the README's screenshots.
screenshots: $(VENV)/.ready-dev
	$(BIN)/python -m tests.benchmarks.screenshots

# Pin the versions that pyproject.toml allows today, from a fresh environment without other packages.
lock:
	rm -rf $(VENV)-lock
	$(PYTHON) -m venv $(VENV)-lock
	$(VENV)-lock/bin/python -m pip --disable-pip-version-check --quiet install \
	  $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX)) "$(TORCH)" -e '.[dev]'
	$(VENV)-lock/bin/python -m pip --disable-pip-version-check freeze --exclude-editable \
	  | sed 's/+cpu$$//' > constraints.txt
	rm -rf $(VENV)-lock

clean:
	rm -rf $(VENV) $(VENV)-lock .mypy_cache .ruff_cache .pytest_cache .hypothesis .benchmarks

# A stamp is written only when its step is complete. After an interruption, the next run starts from
# an empty environment, because pip fails on half-installed packages.
$(VENV)/.ready: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Python 3.11 or newer is needed. Name it: make chat PYTHON=python3.12"; exit 1; }
	@test ! -e $(HALF) && $(BIN)/python -m pip --version >/dev/null 2>&1 \
	  || $(PYTHON) -m venv --clear $(VENV)
	@touch $(HALF)
	@echo "Installing into $(VENV) (the first time takes some minutes) ..."
	@$(if $(TORCH_INDEX),$(PIP) install --index-url $(TORCH_INDEX) "$(TORCH)")
	@$(PIP) install -c constraints.txt -e .
	@rm $(HALF)
	@touch $@

$(VENV)/.ready-dev: $(VENV)/.ready
	@echo "Installing the test tools ..."
	@touch $(HALF)
	@$(PIP) install -c constraints.txt -e '.[dev]'
	@rm $(HALF)
	@touch $@
