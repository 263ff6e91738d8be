# Two commands are all there is:  make chat  ·  make test
#
# On Linux without a GPU, name PyTorch's CPU index (their install page gives the address), or
# gigabytes of CUDA libraries come along:  make chat TORCH_INDEX=<address>

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

# All that must hold: format, lint, types, every test, the real model and browser among them.
test: $(VENV)/.ready-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pytest

# The same without the tests that take more than a moment.
check: $(VENV)/.ready-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pytest -m "not slow"

bench: $(VENV)/.ready-dev
	$(BIN)/python -m tests.benchmarks

bench-full: $(VENV)/.ready-dev
	$(BIN)/python -m tests.benchmarks --full

# The pictures of the README, taken anew.
screenshots: $(VENV)/.ready-dev
	$(BIN)/python -m tests.benchmarks.screenshots

# Pin what pyproject.toml allows today. A fresh environment, so that nothing else is pinned.
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

# A stamp is written only when its step is complete, so an interrupted set-up is taken up again:
# from an empty environment, because pip stumbles over what it had half installed.
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
