# make run: the dashboard on http://localhost:8501    make test: every test    make lint    make bench    make screenshots
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export HDR_CHROMIUM ?= $(shell command -v chromium)

.PHONY: run test lint bench screenshots

run: $(VENV)/run.done
	$(BIN)/streamlit run app.py

test: $(VENV)/test.done
	$(BIN)/python -m pytest

lint: $(VENV)/test.done
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy hdr app.py pages benchmarks scripts

bench: $(VENV)/test.done
	$(BIN)/python -m hdr bench
	$(BIN)/python benchmarks/browser.py

screenshots: $(VENV)/test.done
	$(BIN)/python scripts/screenshots.py

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/run.done: requirements.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

$(VENV)/test.done: requirements-dev.txt requirements.txt scripts/install_browser.sh | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	bash scripts/install_browser.sh $(BIN)/python
	touch $@ $(VENV)/run.done
