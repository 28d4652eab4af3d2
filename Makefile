# The targets for people. `make` alone lists them.

.DEFAULT_GOAL := help
.NOTPARALLEL:

PYTHON ?= python3
# Interpreters to try, in this order. If PYTHON is given on the command line or in the environment, only that one.
PYTHONS := $(if $(filter file,$(origin PYTHON)),$(PYTHON) python3.13 python3.12 python3.11,'$(PYTHON)')

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip -qq --disable-pip-version-check install -c constraints.txt

# This file contains the path of the checkout that the venv was made for. It does not exist during an install.
# If it is missing or names another path, the venv is incomplete, moved or copied, and is made again.
WHOLE := $(VENV)/.whole
sound = [ "$$(cat $(WHOLE) 2>/dev/null)" = "$$(pwd -P)" ] && $(BIN)/python -c pass 2>/dev/null

# One stamp file for each group of packages that is installed in the venv.
STAMPS := $(VENV)/.test $(VENV)/.lint $(VENV)/.bench
ifneq ($(shell $(sound) && echo yes),yes)
$(STAMPS): again
endif

# $(call add,GROUP): install the project as editable, with one group of its optional packages.
# pip comes first, because the scripts that older versions write import re, which adds half of Python's start-up time.
# hatchling is installed here so that the build uses the version pinned in constraints.txt.
add = { rm -f $(WHOLE) && $(PIP) pip hatchling && $(PIP) --no-build-isolation -e '.[$(1)]' && \
	$(BIN)/python -m compileall -q core tui data && \
	pwd -P > $(WHOLE) && touch $@; } || \
	{ echo "The install did not finish: see above, then run make again." >&2; exit 1; }

define make-venv
first=; found=; for python in $(PYTHONS); do \
	first=$${first:-$$python}; \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && found=$$python && break; \
done; \
if [ -z "$$found" ]; then \
	has=$$("$$first" -V 2>&1) || has="not there"; \
	echo "Lapse needs Python 3.11 or newer, and $$first is $$has: install one, or name one, as in 'make PYTHON=python3.13 install'." >&2; \
	exit 1; \
fi; \
version=$$("$$found" -c 'import sys; print("%d.%d" % sys.version_info[:2])'); \
if ! "$$found" -c 'import ensurepip, venv' 2>/dev/null; then \
	echo "$$found can't make virtual environments: install its venv module (on Debian and Ubuntu: apt install python$$version-venv)." >&2; \
	exit 1; \
fi; \
echo "Making $(VENV) with Python $$version"; \
rm -rf $(VENV) && "$$found" -m venv $(VENV)
endef

.PHONY: help install demo test quick lint format bench screenshots constraints clean again

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

install: $(VENV)/.test  ## install lapse and its tests into .venv/
	@echo "Ready: $(BIN)/lapse"

demo: $(VENV)/.test  ## open the dashboard on the sample fleet; nothing is saved
	@$(BIN)/lapse demo

test: $(VENV)/.test  ## run the tests
	@$(BIN)/python -m pytest -q -n auto --dist worksteal

# The tests of the rules, the simulation, the forecast and the file: those that a change to core is likely to break.
QUICK := tests/rules tests/simulation tests/ahead/test_forecast.py tests/ahead/test_fork.py tests/base/test_instants.py \
	tests/workspace/test_workspace.py tests/store/test_store_log.py tests/store/test_store_queries.py \
	tests/house/test_house.py tests/house/test_imports.py

quick: $(VENV)/.test  ## run the quick tests: the rules, the forecast and the file
	@$(BIN)/python -m pytest -q -n auto --dist worksteal $(QUICK)

lint: $(VENV)/.lint  ## check format, style and types
	@$(BIN)/ruff format --check
	@$(BIN)/ruff check
	@$(BIN)/mypy

format: $(VENV)/.lint  ## format the code and fix what ruff can fix
	@$(BIN)/ruff check --fix-only
	@$(BIN)/ruff format

bench: $(VENV)/.bench  ## run the benchmarks
	@$(BIN)/python -m tests.benchmarks

# MOVIE is the one scenario that is recorded as a movie. All others are stills.
MOVIE := lapse
STILLS := $(filter-out $(MOVIE),$(patsubst data/scenarios/%.toml,%,$(wildcard data/scenarios/*.toml)))
record = $(BIN)/lapse record data/scenarios/$(1).toml $(foreach ending,$(2),-o screenshots/$(1).$(ending))

screenshots: $(VENV)/.test  ## make the README's pictures again
	@mkdir -p screenshots
	@$(foreach still,$(STILLS),$(call record,$(still),svg png) &&) $(call record,$(MOVIE),gif cast)

constraints: $(VENV)/.test  ## pin the newest versions that pyproject.toml allows in constraints.txt
	@echo "Resolving in $(VENV)/fresh"
	@rm -rf $(VENV)/fresh && $(BIN)/python -m venv $(VENV)/fresh
	@$(VENV)/fresh/bin/python -m pip -qq --disable-pip-version-check install --upgrade pip hatchling '.[test,lint,bench]'
	@{ sed -n '/^#/p' constraints.txt && $(VENV)/fresh/bin/python -m pip freeze --all --exclude lapse --exclude setuptools; } \
		> $(VENV)/constraints.txt
	@mv $(VENV)/constraints.txt constraints.txt && rm -rf $(VENV)/fresh

clean:  ## remove .venv/ and all generated files
	@rm -rf $(VENV) build dist ./*.egg-info .pytest_cache .ruff_cache .mypy_cache .hypothesis snapshot_report.html
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.test: pyproject.toml constraints.txt
	@if ! { $(sound); }; then $(make-venv); fi
	@echo "Installing lapse into $(VENV): half a minute the first time"
	@$(call add,test)

$(VENV)/.lint $(VENV)/.bench: $(VENV)/.test
	@echo "Installing the packages for $(@:$(VENV)/.%=%)"
	@$(call add,$(@:$(VENV)/.%=%))
