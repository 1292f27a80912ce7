# Everything here needs Python 3.11+, make and the package index; each target makes its own .venv.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test torture check format bench clean

.venv/ready: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[dev]"
	touch $@

demo: .venv/ready  ## the examples go into local sandboxes
	$(BIN)/sendoff demo

test: .venv/ready  ## the whole suite, on every processor
	$(BIN)/python -m pytest -n auto --dist worksteal

torture: .venv/ready  ## the campaigns against the store, whole: a quarter of an hour; one needs strace
	SENDOFF_TORTURE=whole $(BIN)/python -m pytest -m torture tests/torture

check: .venv/ready  ## lint, format, types, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/ready
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: .venv/ready  ## ratios within one run; see benchmarks/README.md
	$(BIN)/python benchmarks/decide.py
	$(BIN)/python benchmarks/batch.py
	$(BIN)/python benchmarks/store.py
	$(BIN)/python benchmarks/transport.py
	$(BIN)/python benchmarks/delivery.py
	$(BIN)/python benchmarks/serve.py

clean:
	rm -rf .venv dist build
