# make run         the dashboard on http://localhost:8501
# make test        every test, file by file on as many cores as there are, up to four
# make lint        ruff and mypy
# make bench       speed, photos, pages, forms, batches, browser, memory and training; writes benchmarks/results
# make figures     bench and evaluations, and their figures into README.md (needs HDR_DATA)
# make screenshots the pictures of README.md
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
RESULTS := benchmarks/results
export PYTHONPATH := .
# Streamlit runs every page in a thread of its own, and glibc keeps freed memory by thread: without these two, the
# dashboard's memory grows by hundreds of megabytes over some dozen uploads.
export MALLOC_ARENA_MAX ?= 2
export MALLOC_TRIM_THRESHOLD_ ?= 131072

.PHONY: run test lint bench figures screenshots

run: $(VENV)/run.done
	$(BIN)/streamlit run app.py

test: $(VENV)/test.done
	$(BIN)/python -m pytest --numprocesses logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder

lint: $(VENV)/test.done
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy hdr app.py pages benchmarks scripts

bench: $(VENV)/test.done
	$(BIN)/python -m hdr bench --json $(RESULTS)/bench.json
	$(BIN)/python -m benchmarks.browser --json $(RESULTS)/browser.json
	$(BIN)/python -m benchmarks.training --json $(RESULTS)/training.json
	$(BIN)/python -m benchmarks.forms --json $(RESULTS)/forms.json
	$(BIN)/python -m benchmarks.batch --json $(RESULTS)/batch.json

figures: bench
	for net in cnn rnn ensemble; do for data in mnist usps optdigits; do \
	    $(BIN)/python -m hdr evaluate $$net --data $$data --fresh --json $(RESULTS)/$$net-$$data.json || exit 1; done; done
	$(BIN)/python -m scripts.write_figures

screenshots: $(VENV)/test.done
	$(BIN)/python -m scripts.screenshots

$(BIN)/python:
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(VENV)/run.done: requirements.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

$(VENV)/test.done: requirements-dev.txt requirements.txt scripts/install_browser.sh | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	bash scripts/install_browser.sh $(BIN)/python
	touch $(VENV)/run.done $@
