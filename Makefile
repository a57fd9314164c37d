# setup   a .venv in this folder, pinned by constraints.txt
# run     the demonstration node on real data, served on this machine
# test    every test; Chromium is installed with apt where that is possible
# check   format, lint, types, import directions, generated documentation
# bench   the ratios beside peers
# clean   everything that these made

PYTHON ?= $(shell for name in python3 python3.11 python3.12 python3.13 python3.14; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name && break; done)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.set-up
TESTS ?= tests

.PHONY: setup run test check docs bench clean constraints browser

setup: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "Golconda needs Python 3.11 or newer; none is on the path. Try: make PYTHON=/where/it/is"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --upgrade pip
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --build-constraint constraints.txt --editable . --group dev
	@touch $@

run: setup
	$(BIN)/golconda demo demo

test: setup browser
	$(BIN)/python -m pytest -n 2 --dist loadfile $(TESTS)

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python docs/generate.py --check

docs: setup
	$(BIN)/python docs/generate.py

bench: setup
	$(BIN)/python benchmarks/report.py

browser:
	@command -v chromium >/dev/null && command -v chromedriver >/dev/null && exit 0; \
	if command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
		apt-get update --quiet=2 && DEBIAN_FRONTEND=noninteractive apt-get install --quiet=2 --yes chromium chromium-driver; \
	fi >/dev/null 2>&1 || true; \
	command -v chromium >/dev/null || echo "There is no Chromium here and it cannot be installed: the browser tests will be skipped."

# Solves everything anew and writes the versions down: names and versions alone, so that any index serves.
constraints:
	rm -rf build/constraints && $(PYTHON) -m venv build/constraints
	build/constraints/bin/python -m pip install --quiet --upgrade pip
	build/constraints/bin/python -m pip install --quiet ".[mysql,postgresql,keyring,pandas,polars,spark]" --group dev hatchling editables
	{ echo '# What `make setup` installs: the base, and what development needs. Written by `make constraints`.'; \
	  build/constraints/bin/python -m pip freeze --all --exclude golconda --exclude setuptools; } > constraints.txt

clean:
	rm -rf $(VENV) build dist demo .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
