# What a person types. `make` alone lists it.

.DEFAULT_GOAL := help
.NOTPARALLEL:

PYTHON ?= python3
# Tried in this order; a PYTHON that was given is the only one.
PYTHONS := $(if $(filter file,$(origin PYTHON)),$(PYTHON) python3.13 python3.12 python3.11,'$(PYTHON)')

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip -qq --disable-pip-version-check install -c constraints.txt

# This file names the checkout that the venv was made for, and exists only while no install is under way.
# Without it the venv is half made, moved or copied, and is made anew.
WHOLE := $(VENV)/.whole
sound = [ "$$(cat $(WHOLE) 2>/dev/null)" = "$$(pwd -P)" ] && $(BIN)/python -c pass 2>/dev/null

# One stamp for each group of packages that is in the venv.
STAMPS := $(VENV)/.test $(VENV)/.lint $(VENV)/.bench
ifneq ($(shell $(sound) && echo yes),yes)
$(STAMPS): again
endif

# $(call add,GROUP): install the project, editable, with one group of its extra packages.
# First pip, because the commands that older ones write import re, half of Python's own start-up again,
# and hatchling, so that the build too uses what constraints.txt pins.
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
	echo "Lapse needs Python 3.11 or newer, and $$first is $$has: install one, or name it, as in 'make PYTHON=python3.13 install'." >&2; \
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

help:  ## list what make can do
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

install: $(VENV)/.test  ## put lapse into .venv/, with what it needs to run and to be tested
	@echo "Ready: $(BIN)/lapse"

demo: $(VENV)/.test  ## open the dashboard on the sample fleet; nothing is saved
	@$(BIN)/lapse demo

test: $(VENV)/.test  ## run the tests
	@$(BIN)/python -m pytest -q -n auto --dist worksteal

# The rules, the simulation, what lies ahead, and the file: what a change to core is likely to break.
QUICK := $(wildcard tests/rules/test_*.py tests/ahead/test_forecast.py tests/base/test_instants.py tests/workspace/test_workspace.py \
	tests/store/test_store_log.py tests/store/test_store_queries.py tests/house/test_house.py)

quick: $(VENV)/.test  ## run the tests of the rules and the file: the loop of save and test
	@$(BIN)/python -m pytest -q -n auto --dist worksteal $(QUICK)

lint: $(VENV)/.lint  ## check format, style and types
	@$(BIN)/ruff format --check
	@$(BIN)/ruff check
	@$(BIN)/mypy

format: $(VENV)/.lint  ## format the code, and mend what can be mended
	@$(BIN)/ruff check --fix-only
	@$(BIN)/ruff format

bench: $(VENV)/.bench  ## run the benchmarks
	@$(BIN)/python -m tests.benchmarks

# The moving picture is the one scenario of which no still is kept.
MOVIE := lapse
STILLS := $(filter-out $(MOVIE),$(patsubst data/scenarios/%.toml,%,$(wildcard data/scenarios/*.toml)))
record = $(BIN)/lapse record data/scenarios/$(1).toml $(foreach ending,$(2),-o screenshots/$(1).$(ending))

screenshots: $(VENV)/.test  ## make the README's pictures anew
	@mkdir -p screenshots
	@$(foreach still,$(STILLS),$(call record,$(still),svg png) &&) $(call record,$(MOVIE),gif cast)

constraints: $(VENV)/.test  ## pin the newest versions that fit pyproject.toml in constraints.txt
	@echo "Resolving in $(VENV)/fresh"
	@rm -rf $(VENV)/fresh && $(BIN)/python -m venv $(VENV)/fresh
	@$(VENV)/fresh/bin/python -m pip -qq --disable-pip-version-check install --upgrade pip hatchling '.[test,lint,bench]'
	@{ sed -n '/^#/p' constraints.txt && $(VENV)/fresh/bin/python -m pip freeze --all --exclude lapse --exclude setuptools; } \
		> $(VENV)/constraints.txt
	@mv $(VENV)/constraints.txt constraints.txt && rm -rf $(VENV)/fresh

clean:  ## remove .venv/ and everything else that was made
	@rm -rf $(VENV) build dist ./*.egg-info .pytest_cache .ruff_cache .mypy_cache .hypothesis snapshot_report.html
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.test: pyproject.toml constraints.txt
	@if ! { $(sound); }; then $(make-venv); fi
	@echo "Installing lapse into $(VENV): half a minute the first time"
	@$(call add,test)

$(VENV)/.lint $(VENV)/.bench: $(VENV)/.test
	@echo "Installing the packages for $(@:$(VENV)/.%=%)"
	@$(call add,$(@:$(VENV)/.%=%))
