# make lab    open the course in JupyterLab          make lab ARGS="--no-browser --port 8899"
# make test   run the tests; test-all: every one     make test ARGS="tests/lab -k wire"
# Both make the environment .venv first, with the Python that PYTHON names, by uv if it is there. With UV= always by pip.

PYTHON ?= python3
NEEDS := 3.11
VENV := .venv
BIN := $(VENV)/bin
FIRST := notebooks/00_start_here.ipynb
# Nothing is compiled beforehand: most modules are never imported, and all together would take 100 MB. An import keeps
# what it compiles.
unexport PYTHONDONTWRITEBYTECODE
UV := $(shell command -v uv 2>/dev/null)
INSTALL = $(if $(UV),"$(UV)" pip install --python $(BIN)/python pip,$(BIN)/python -m pip install --no-compile) --quiet
AS_ROOT := $(if $(filter 0,$(shell id -u)),--allow-root)

.DELETE_ON_ERROR:
.PHONY: help lab test test-all bench notebooks contents record clean

help:
	@sed -n '1,3s/^# //p' Makefile

# Each test says what is missing and what to install. Old Pythons must be able to read these programs.
define CHECK_PYTHON
command -v "$(PYTHON)" >/dev/null || { \
  echo "There is no program $(PYTHON) here, and the course needs Python $(NEEDS) or newer." ; \
  echo "Install it (Debian, Ubuntu: apt install python3 python3-venv; Fedora: dnf install python3; macOS: brew install python)," ; \
  echo "or name one that you have: make $(GOAL) PYTHON=/path/to/python3" ; exit 1 ; } >&2 ; \
"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < ($(subst .,$(comma) ,$(NEEDS))))' || { \
  echo "$(PYTHON) is $$("$(PYTHON)" --version 2>&1), and the course needs Python $(NEEDS) or newer." ; \
  echo "Install a newer one beside it (Debian, Ubuntu: apt install python$(NEEDS) python$(NEEDS)-venv), and name it:" ; \
  echo "make $(GOAL) PYTHON=python$(NEEDS)" ; exit 1 ; } >&2 ; \
"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { \
  echo "$(PYTHON) has no venv module, which makes the environment $(VENV)." ; \
  echo "Install it (Debian, Ubuntu: apt install python3-venv), then run make again." ; exit 1 ; } >&2
endef
comma := ,
GOAL = $(or $(firstword $(MAKECMDGOALS)),lab)

$(VENV)/reader: requirements.txt pyproject.toml
	@$(CHECK_PYTHON)
	@echo "Installing the course's libraries in $(VENV): up to 95 MB to download, 370 MB on disk." \
	  "$(if $(UV),uv needs some seconds,pip needs about half a minute (uv, if you had it, some seconds))."
	"$(PYTHON)" -m venv $(if $(UV),--without-pip )$(VENV)
	$(INSTALL) --editable .
	$(BIN)/jupyter labextension disable --log-level=ERROR @jupyterlab/apputils-extension:announcements  # asks the network for news
	@touch $@

$(VENV)/tester: $(VENV)/reader tests/requirements.txt
	@echo "Installing what the tests need besides: up to 80 MB to download, 250 MB on disk."
	$(INSTALL) --editable '.[test]'
	@touch $@

lab: $(VENV)/reader
	@echo "Starting JupyterLab, which takes some seconds. Ctrl+C, typed twice here, ends it."
	$(BIN)/python -m jupyterlab --ServerApp.root_dir="$(CURDIR)" $(AS_ROOT) $(ARGS) $(FIRST)

# Each notebook once live and once replayed; test-all, before a release: also all that a reader may do to a notebook.
test: SELECTED := -m "not release"
test test-all: $(VENV)/tester
	$(BIN)/ruff check conftest.py helpers tests tools
	$(BIN)/mypy
	$(BIN)/python -m pytest $(SELECTED) $(ARGS)

bench: $(VENV)/tester
	$(BIN)/python -m pytest -p pytest_benchmark.plugin tests/bench $(ARGS)

# Run all notebooks and keep their outputs.
notebooks: $(VENV)/tester
	$(BIN)/python -m tools.execute

# Write what follows from the notebooks anew: links between them, minutes, tables of contents, data of 00 and 17.
contents: $(VENV)/tester
	$(BIN)/python -m tools.write_contents

# Make all recordings anew; the old ones stay unless every notebook ran.
record: $(VENV)/tester
	$(BIN)/python -m tools.record

# The reader's progress.jsonl stays.
clean:
	rm -rf $(VENV) build .benchmarks .hypothesis .mypy_cache .pytest_cache .ruff_cache *.egg-info
	find . -name __pycache__ -prune -exec rm -rf {} + -o -name .ipynb_checkpoints -prune -exec rm -rf {} +
