# All that a person or CI does here. `make` alone lists it; PYTHON=python3.13 chooses another interpreter.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
LOCKED := $(BIN)/python -m pip install --quiet --no-input --require-hashes --only-binary :all:
PACKAGE := $(BIN)/python -m pip install --quiet --no-input --no-deps --no-build-isolation --editable .
EXAMPLE := src/twicetold/data/demo/goals.csv
.DELETE_ON_ERROR:
.PHONY: help setup demo test lint format types docs screenshots package image image-test scan evidence lock clean

help:  ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' Makefile | expand -t 12

setup: $(VENV)/.dev  ## the environment for working on the code, from the locks

demo: $(VENV)/.run  ## find the duplicates in the shipped example and make a report
	$(BIN)/twicetold find $(EXAMPLE) --out demo-out
	@mkdir -p demo-review && cp $(EXAMPLE) demo-review/
	@cd demo-review && { $(abspath $(BIN))/twicetold db upgrade && $(abspath $(BIN))/twicetold run --profile files; } >run.log || { cat run.log; exit 1; }
	@echo "Review: (cd demo-review && $(abspath $(BIN))/twicetold serve) shows them in a browser, to be decided"
	@if [ -t 1 ] && [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ] && command -v xdg-open >/dev/null; then xdg-open demo-out/report.html; \
	elif [ -t 1 ] && [ "$$(uname)" = Darwin ]; then open demo-out/report.html; fi

test: $(VENV)/.dev  ## all tests; ARGS="tests/text -k ligature" runs some, ARGS=--cov measures coverage
	$(BIN)/python -m pytest -n 2 $(ARGS)

lint: $(VENV)/.dev  ## style and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(VENV)/.dev  ## mend what lint can mend by itself
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(VENV)/.dev  ## mypy, strict
	$(BIN)/mypy

docs: $(VENV)/.dev  ## write the generated pages, build site/ and check every link in it
	$(BIN)/python docs/generate.py
	$(BIN)/mkdocs build --strict

screenshots: $(VENV)/.dev  ## take the pictures of the review pages for the documentation
	$(BIN)/python docs/screenshots.py

package: $(VENV)/.dev  ## build the wheel and try it in a bare environment of PYTHON
	rm -rf dist
	$(BIN)/python -m build --wheel --no-isolation --outdir dist .
	$(BIN)/python tests/try_wheel.py dist/*.whl $(PYTHON)

image:  ## build the image; ARGS=--release refuses bases that are not pinned
	deploy/build $(ARGS)

image-test: $(VENV)/.dev  ## build the image and hold it to its contract, as root; writes docs/operate/image.md
	$(BIN)/python deploy/contract.py $(ARGS)

scan: $(VENV)-scan/.done  ## all scans of the tree, and of the image if there is one; ARGS="--need vulnerabilities"
	$(VENV)-scan/bin/python deploy/scan $(ARGS)

evidence: $(VENV)/.dev $(VENV)-evidence/.done  ## run what claims point to, as root, and write evidence-out/
	PYTHONPATH=deploy $(BIN)/python -m evidence $(ARGS)

lock: $(VENV)/.dev  ## write the locks anew; ARGS=--upgrade takes newer releases
	requirements/lock $(BIN)/python $(ARGS)

clean:  ## remove all that these targets make
	rm -rf $(VENV) $(VENV)-scan $(VENV)-evidence $(VENV)-spark build dist site demo-out demo-review evidence-out .coverage* .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	{ echo "Twicetold needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V 2>&1). Say which: make PYTHON=python3.13 ..." >&2; exit 2; }
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 2; }

$(VENV)/.run: pyproject.toml requirements/run.txt requirements/build.txt | $(BIN)/python
	$(LOCKED) -r requirements/run.txt -r requirements/build.txt
	$(PACKAGE)
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.run
	$(LOCKED) -r requirements/dev.txt
	@requirements/system
	@touch $@

# PySpark is published as source only, and what builds it is in build.txt.
$(VENV)-spark/.done: pyproject.toml requirements/spark.txt requirements/build.txt
	$(PYTHON) -m venv $(VENV)-spark
	$(VENV)-spark/bin/python -m pip install --quiet --no-input --require-hashes --only-binary :all: -r requirements/build.txt
	$(VENV)-spark/bin/python -m pip install --quiet --no-input --require-hashes --only-binary :all: --no-binary pyspark --no-build-isolation --no-compile -r requirements/spark.txt
	$(VENV)-spark/bin/python -m pip install --quiet --no-input --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)-scan/.done: requirements/scan.txt
	$(PYTHON) -m venv $(VENV)-scan
	$(VENV)-scan/bin/python -m pip install --quiet --no-input --require-hashes --only-binary :all: -r $<

$(VENV)-evidence/.done: requirements/evidence.txt | $(BIN)/python
	$(PYTHON) -m venv $(VENV)-evidence
	$(VENV)-evidence/bin/python -m pip install --quiet --no-input --require-hashes --only-binary :all: -r requirements/evidence.txt
	@touch $@
