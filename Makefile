# The front door: `make` alone lists what can be done.
#
# Written for GNU make 3.81 (macOS ships it) and newer.  All paths are relative, so
# the book may lie in a folder whose name has spaces.

# The Python that makes the environment: the one that made it already, or the first
# that is new enough.  `make PYTHON=/path/to/python3 book` chooses another.
PYTHON ?= $(shell unset PYTHONHOME PYTHONPATH; \
  for python in .venv/bin/python python3 \
    python3.13 python3.12 python3.14 python3.11 python3; do \
    "$$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' \
      2>/dev/null && break; \
  done; echo "$$python")

# Programs that start others (a kernel, a build within a test) find the book's own.
IN_VENV = PATH="$$PWD/.venv/bin:$$PATH"

# Settings meant for another Python would break this one.
unexport PYTHONHOME PYTHONPATH

.DEFAULT_GOAL := help
.PHONY: help book pdf notebooks test serve screenshots reproduce bench lint links compare lock environment clean distclean

help:  ## List these commands
	@echo "Usage: make COMMAND"
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' Makefile

book: environment  ## Build the book: every chapter is run, any warning is an error
	$(IN_VENV) jupyter-book build . -W -n --keep-going
	@echo "The book is ready: open _build/html/index.html"

pdf: book  ## Build the book and print it as one PDF
	@$(IN_VENV) python -m tools.pdf
	@$(IN_VENV) jupyter-book build . -W -n --keep-going >/dev/null  # offers it on the pages

notebooks: environment  ## Make the notebooks anew from the chapters
	$(IN_VENV) jupyter-book build . -W -n --keep-going \
	  --builder custom --custom-builder notebooks
	mkdir -p notebooks && rm -f notebooks/*.ipynb
	cp _build/notebooks/*.ipynb notebooks

test: environment  ## Run every test: the library, the built book, its pages in a browser
	@.venv/bin/python tools/browser.py
	$(IN_VENV) OMP_NUM_THREADS=1 python -m pytest --numprocesses 2

serve:  ## Show the built book at a local address
	@"$(PYTHON)" tools/serve.py

screenshots: environment  ## Take a picture of each built page, in three widths and two themes
	@.venv/bin/python tools/screenshots.py

reproduce: environment  ## Train all networks of the book again: hours; can be stopped and go on
	$(IN_VENV) python -m lenet_lib reproduce

bench: environment  ## Measure speeds, one file of benchmarks/ after another
	@for file in $$(grep -l __main__ benchmarks/*.py); do \
	  echo "== $$file"; $(IN_VENV) python "$$file" || exit 1; \
	done

lint: environment  ## Check the style of the code, and all spelling
	@.venv/bin/ruff check .
	@.venv/bin/codespell

links: environment  ## Report which links to other sites still answer
	@$(IN_VENV) python tools/check_links.py

compare: environment  ## Build the last commit twice from nothing, and compare
	rm -rf _build/compare
	@for copy in first second; do \
	  mkdir -p _build/compare/$$copy && \
	  git archive HEAD | tar -x -C _build/compare/$$copy && \
	  ( $(IN_VENV); cd _build/compare/$$copy && jupyter-book build . ) || exit 1; \
	done
	@.venv/bin/python tools/compare_builds.py \
	  _build/compare/first/_build/html _build/compare/second/_build/html

# `make lock OPTIONS=--upgrade` moves all versions as far as requirements.in allows.
lock: environment  ## Make requirements.txt anew from requirements.in
	.venv/bin/uv pip compile $(OPTIONS) --quiet --universal --python-version 3.11 \
	  --fork-strategy fewest --custom-compile-command "make lock" \
	  requirements.in --output-file requirements.txt >/dev/null

environment:  ## Make .venv with all packages, or mend it (the others do so first)
	@command -v "$(PYTHON)" >/dev/null || { echo "Python was not found: install \
	Python 3.11 or newer, or name it, as in: make PYTHON=/path/to/python3 book" >&2; exit 1; }
	@"$(PYTHON)" tools/setup_environment.py

clean:  ## Remove what was built, and all caches; keep the environment
	rm -rf _build build .pytest_cache .ruff_cache .hypothesis .jupyter_cache lightning_logs
	find . -name .venv -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +

distclean: clean  ## Remove the environment as well
	rm -rf .venv lenet_lib.egg-info
