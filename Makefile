# Everything starts here; each target sets up what it needs. `make help` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip install --disable-pip-version-check
# What builds the book, as pinned; `make newest` hands in another list, with an environment for it.
LIST ?= requirements.txt
TORCH := $(shell sed -n '/^torch\>/p' $(LIST))
SOLUTIONS ?= yes
# The students' edition has a place of its own, so that the two do not overwrite each other.
EDITION := $(if $(filter no,$(SOLUTIONS)),_build/students/)
PAGE := $(EDITION)_build/html/index.html
# The branch is named where the addresses of its notebooks are made. An address of one's own is
# kept on it, in the file CNAME.
PUBLISHED := $(shell sed -n 's/^PUBLISHED = "\(.*\)"/\1/p' book/_ext/book_links.py 2>/dev/null)
HOST := $(word 2,$(subst /, ,$(BOOK_URL)))
CNAME := $(if $(filter-out %.github.io,$(HOST)),--cname $(HOST))
ENVIRONMENT := $(shell find binder/environment -type f 2>/dev/null)
# A file's tests share servers and browsers, so they stay in one process.
# The slow ones, in tests/book, come first.
SIDE_BY_SIDE := --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder
# What tests the package, and needs no page of the book.
CONVLIB_TESTS := convlib tests/scenes tests/draw tests/explorers tests/questions tests/exercises \
  tests/network \
  $(foreach name,arithmetic cost errors explain geometry matrix separable,tests/test_$(name).py)
export MPLBACKEND := agg
# Many short processes import the same modules: they are compiled once, whatever a container says.
unexport PYTHONDONTWRITEBYTECODE
# Small arrays gain nothing from threads, and threads that wait for each other cost much.
book bench: export OMP_NUM_THREADS := 1
book: export SOLUTIONS := $(SOLUTIONS)

.DEFAULT_GOAL := help
.PHONY: help book lint tools test test-all live bench assignments grade check hub quiz publish address package mutants frameworks links newest oldest clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "%-19s %s\n", $$1, $$2}'

book: $(VENV)/book ## build the book (redoes only what changed); SOLUTIONS=no: for students
	@echo "[book] building the pages"
	@$(BIN)/jupyter-book build -W -n --keep-going $(if $(EDITION),--path-output $(EDITION)) .
	@echo "[book] open file://$(CURDIR)/$(PAGE)"

lint: $(VENV)/test ## lint and check types
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@$(BIN)/mypy

# A browser, and what the sandbox of grading needs.
tools: $(VENV)/test
	@$(BIN)/python -m tests.browser
	@$(BIN)/python -m grading.sandbox

test: $(VENV)/test ## lint, check types, then every test that takes seconds
	@$(MAKE) --no-print-directory --jobs 2 lint tools
	@$(BIN)/python -m pytest $(SIDE_BY_SIDE) -m "not long"

test-all: $(VENV)/test ## everything in `make test`, and the long tests
	@$(MAKE) --no-print-directory --jobs 2 lint tools
	@$(BIN)/python -m pytest $(SIDE_BY_SIDE)

live: $(VENV)/book ## open the chapters in JupyterLab
	@env -u MPLBACKEND $(BIN)/jupyter lab $(if $(filter 0,$(shell id -u)),--allow-root) --ServerApp.root_dir=book --LabApp.default_url=/lab/tree/index.md

bench: $(VENV)/bench ## measure speed and sizes against their budgets
	@$(BIN)/python -m tests.browser
	@$(BIN)/python -m benchmarks

assignments: $(VENV)/grading ## make what students get of the problem sets, in course/release; SETS=... for some
	@echo "[assignments] trying the solutions, then taking them out"
	@$(BIN)/python -m grading.release $(SETS)

grade: $(VENV)/grading ## grade what was handed in for ASSIGNMENT=..., each in a sandbox
	@$(BIN)/python -m grading $(or $(ASSIGNMENT),$(error which assignment? make grade ASSIGNMENT=ps1_arithmetic)) $(OPTIONS)

check: $(VENV)/grading ## say what the visible checks of NOTEBOOK=... say, as grading runs them
	@$(BIN)/python -m grading.check $(or $(NOTEBOOK),$(error which notebook? make check NOTEBOOK=ps1_arithmetic.ipynb))

hub: $(VENV)/hub ## start JupyterHub for a class, or to try it; stop it with Ctrl-C
	@$(BIN)/jupyterhub -f grading/jupyterhub_config.py

quiz: $(VENV)/grading ## write the questions as banks for course systems, in _build/quiz; CHAPTERS=... for some
	@$(BIN)/python -m grading.quiz $(CHAPTERS)

publish: address book $(VENV)/publish ## put the book on the branch that serves it; BOOK_URL=https://...
	@$(BIN)/ghp-import --branch $(PUBLISHED) --no-jekyll --no-history --force --push $(CNAME) _build/html

address:
	@$(if $(BOOK_URL),,echo "where will the book be? make publish BOOK_URL=https://someone.github.io/cells"; exit 1)

package: $(VENV)/test ## build what is put on PyPI, check it, and test it from its own files
	@rm -rf _build/package
	@$(BIN)/python -m build --no-isolation --outdir _build/package .
	@$(BIN)/python -m twine check --strict _build/package/*
	@rm -rf _build/unpacked && mkdir -p _build/unpacked
	@tar -xzf _build/package/*.tar.gz -C _build/unpacked --strip-components 1
	@cd _build/unpacked && PYTHONPATH=. $(CURDIR)/$(BIN)/python -m pytest $(SIDE_BY_SIDE) -m "not long" $(CONVLIB_TESTS)

mutants: $(VENV)/mutants ## change the code in small ways, and say whether the tests notice (ONLY='*7': one in ten)
	@$(BIN)/python -m tests.mutants $(if $(ONLY),'$(ONLY)')

frameworks: $(VENV)/frameworks ## run the table of frameworks in Keras and JAX
	@KERAS_BACKEND=torch $(BIN)/python -m pytest tests/frameworks

links: $(VENV)/book ## follow every link that leads out of the book
	@$(BIN)/jupyter-book build --builder linkcheck .

newest: _build/newest.txt ## build the book with the newest versions allowed, in an environment of its own
	@$(MAKE) book VENV=_build/newest LIST=$<

oldest: _build/oldest.txt ## test convlib with the oldest versions allowed, in an environment of its own
	@$(MAKE) _build/oldest/test VENV=_build/oldest LIST=$<
	@_build/oldest/bin/python -m pytest $(SIDE_BY_SIDE) -m "not long" $(CONVLIB_TESTS)

# The one list, with the lowest bounds of the package in place of its pins. From 3.3 on, pyparsing
# warns of names that matplotlib used at that time, and tests take warnings for errors.
_build/oldest.txt: requirements.txt pyproject.toml
	@mkdir -p $(@D)
	@grep -vE '^(numpy|matplotlib|ipywidgets)==' requirements.txt > $@
	@echo 'pyparsing<3.3' >> $@
	@grep -oE '"(numpy|matplotlib|ipywidgets)>=[0-9.]+"' pyproject.toml | tr -d '"' | sed 's/>=/==/' >> $@

# The one list without its pins: `name==1.2,<2` becomes `name<2`.
_build/newest.txt: requirements.txt
	@mkdir -p $(@D)
	@sed 's/==[^,]*,\{0,1\}//' $< > $@

clean: ## remove what make made, the environment included
	rm -rf $(VENV) _build mutants *.egg-info .pytest_cache .ruff_cache .mypy_cache .hypothesis
	find convlib grading tests benchmarks book -name __pycache__ -type d -prune -exec rm -rf {} +

# The environment. The files below are stamps: made once, and again when their lists change.
$(VENV)/bin/pip:
	@command -v "$(PYTHON)" >/dev/null || { echo "Python 3.11 or newer is missing: install it from python.org or your package manager"; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$(PYTHON) is `"$(PYTHON)" -V 2>&1`, the book needs 3.11 or newer: install it and run make PYTHON=python3.11"; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { echo "Python's venv module is missing: apt-get install python3-venv"; exit 1; }
	@echo "[setup] making the environment $(VENV)"
	@"$(PYTHON)" -m venv $(VENV)

# On Linux the usual torch brings several GB of CUDA, so PyTorch's own index of CPU builds is
# tried first: once, quickly, and its absence is no error.
$(VENV)/book: $(LIST) pyproject.toml $(ENVIRONMENT) | $(VENV)/bin/pip
	@echo "[setup] installing what builds the book (a few minutes the first time)"
	@if [ "`uname`" = Linux ] && ! $(BIN)/python -c 'import torch' 2>/dev/null; then \
	  $(PIP) --retries 0 --timeout 8 --index-url https://download.pytorch.org/whl/cpu $(TORCH) 2>/dev/null \
	  || echo "[setup] PyTorch's CPU index does not answer: taking torch from the default index"; fi
	@$(PIP) -r $(LIST)
	@# Chapters open as notebooks; and no kernel warns, at each start, that others could listen.
	@cp -R binder/environment/. $(VENV)
	@touch $@

$(VENV)/test: $(VENV)/book
	@echo "[setup] installing what tests the book"
	@$(PIP) -e '.[dask,explorers,grading,hub,publish,test]'
	@$(BIN)/python -m tests.published
	@touch $@

$(VENV)/grading: $(VENV)/book
	@echo "[setup] installing what problem sets need"
	@$(PIP) -e '.[explorers,grading]'
	@touch $@

$(VENV)/hub: $(VENV)/grading
	@echo "[setup] installing JupyterHub"
	@$(PIP) -e '.[explorers,grading,hub]'
	@touch $@

$(VENV)/mutants: $(VENV)/test
	@echo "[setup] installing what changes the code"
	@$(PIP) -e '.[mutants]'
	@touch $@

$(VENV)/frameworks: $(VENV)/test
	@echo "[setup] installing Keras and JAX"
	@$(PIP) -e '.[frameworks]'
	@touch $@

$(VENV)/publish: $(VENV)/book
	@$(PIP) -e '.[publish]'
	@touch $@

$(VENV)/bench: $(VENV)/test
	@echo "[setup] installing what the operations are measured against"
	@$(PIP) -e '.[bench]'
	@touch $@
