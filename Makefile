# make demo    the main job on an emulated board, in a virtual environment of its own (.venv)
# make test    style, types, documentation and all tests
# make bench   the table of speeds; also bench/results.json
# make docs    the documentation, to docs/_build/html/index.html

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

# Without a C++ compiler on PATH, PyPI's ziglang serves.
COMPILER := $(shell command -v g++ || command -v c++ || command -v clang++)
EXTRAS   := $(if $(COMPILER),,compiler)
comma    := ,
TESTED   := test$(if $(EXTRAS),$(comma)$(EXTRAS))

.PHONY: demo test lint types docs pytest bench clean
.DEFAULT_GOAL := demo

demo: $(VENV)/.installed
	@$(BIN)/finn demo

test: lint types docs pytest

lint: $(VENV)/.installed-test
	$(BIN)/ruff check .

types: $(VENV)/.installed-test
	$(BIN)/mypy

docs: $(VENV)/.installed-test
	$(BIN)/sphinx-build -n -W -q -b html docs docs/_build/html

pytest: $(VENV)/.installed-test
	$(BIN)/python -m pytest -n 2 --dist loadfile --durations 10

bench: $(VENV)/.installed
	$(BIN)/python bench/run.py

# The stamps hold the date of the last installation; pyproject.toml says what is to be installed.
$(VENV)/.created:
	@echo "setting up $(VENV), once; about a minute" >&2
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.installed: pyproject.toml | $(VENV)/.created
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e "$(if $(EXTRAS),.[$(EXTRAS)],.)"
	@touch $@

$(VENV)/.installed-test: pyproject.toml | $(VENV)/.created
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[$(TESTED)]"
	@touch $@ $(VENV)/.installed

clean:
	rm -rf $(VENV) build out demo-out docs/_build .mypy_cache .ruff_cache .pytest_cache .hypothesis
