# Two commands do everything on a fresh machine: `make demo` and `make test`.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.set-up
# a real Python 3.12, where one is found: the domain must hold on it too
PYTHON312 ?= $(shell for p in python3.12 $$HOME/.pyenv/versions/3.12*/bin/python; do \
	"$$p" -c 'import sys, venv; sys.exit(sys.version_info[:2] != (3, 12))' 2>/dev/null && echo "$$p" && break; done)
VENV312   := .venv-3.12
STAMP312  := $(VENV312)/.set-up

# without compiled modules every process that a test starts, and pytest itself, takes three times as long to begin
unexport PYTHONDONTWRITEBYTECODE
# half of the time of tests on databases is waiting for the disk: their folders lie in memory where it has 2 GB
MEMORY := $(shell test "$$(df -k --output=avail /dev/shm 2>/dev/null | tail -1)" -gt 2000000 2>/dev/null && echo /dev/shm)
IN_MEMORY := $(if $(MEMORY),TMPDIR=$(MEMORY)) # empty elsewhere: the usual place
# more processes of tests than cores: more threads for each one's small frames would only wait for one another
THREADS := POLARS_MAX_THREADS=1

# tests wait for disks, databases and processes of their own a quarter of the time: three for two cores are a third faster
WORKERS := $(shell n=$$(nproc 2>/dev/null || echo 2); n=$$((n + (n + 1) / 2)); echo $$((n < 8 ? n : 8)))

.PHONY: demo test check unit domain312 live torture fuzz protos clean

demo: $(STAMP)
	$(BIN)/switchboard demo $(ARGS)

test: check unit domain312 live

check: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy .
	$(BIN)/lint-imports

unit: $(STAMP)
	$(IN_MEMORY) $(THREADS) $(BIN)/pytest -n $(WORKERS) --dist worksteal -o tmp_path_retention_policy=failed -m "not live and not peers and not torture"

domain312: $(if $(PYTHON312),$(STAMP312))
	$(if $(PYTHON312),$(THREADS) $(VENV312)/bin/pytest -n auto --maxprocesses 8 --dist worksteal --examples 10 tests/domain,@echo "no Python 3.12 here: the domain is tested on $(PYTHON) only")

# two at a time since they mostly wait; a switchboard that several share stays with one of them
live: $(STAMP)
	$(BIN)/pytest -n 2 --dist loadgroup -m "(live or peers) and not torture"

# kills, cuts and confuses running switchboards under traffic, two at a time since they mostly wait, and compares their
# books; not part of `make test`
torture: $(STAMP)
	timeout --foreground --signal=INT --kill-after=60 1200 $(BIN)/pytest -n 2 --dist loadgroup -m torture --durations 15 tests/torture tests/live/test_away.py

# bytes that follow the codecs' branches, SECONDS for each; not part of `make test`
SECONDS ?= 60
fuzz: $(STAMP)
	$(BIN)/uv pip install --quiet --python $(BIN)/python "atheris>=3,<4"
	for codec in sip radius dns; do $(BIN)/python -m tests.fuzz $$codec $(SECONDS) || exit 1; done

protos: $(STAMP)
	$(BIN)/python -m protos.generate

$(STAMP): pyproject.toml constraints.txt
	$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv -c constraints.txt
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python -c constraints.txt -e ".[dev]"
	touch $@

$(STAMP312): $(STAMP)
	test -x $(VENV312)/bin/python || $(PYTHON312) -m venv $(VENV312)
	$(BIN)/uv pip install --quiet --python $(VENV312)/bin/python -c constraints.txt -e ".[dev]"
	touch $@

clean:
	rm -rf $(VENV) $(VENV312) build *.egg-info
