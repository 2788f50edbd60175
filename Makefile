# The commands of the project. `make lab` and `make test` need Python 3.11 or newer and git, no more:
# everything else they put into .venv and .cache, inside this folder.

.DEFAULT_GOAL := help
.PHONY: help lab test lint lessons format compat engines differences bench scaling endurance events pictures binder gallery clean

# Modules are compiled once and kept: compiling them anew takes a session half a second longer.
unexport PYTHONDONTWRITEBYTECODE

PYTHON := .venv/bin/python
# The peers for `make bench PEERS=1`: hundreds of megabytes, so apart from .venv.
PEERS_PYTHON := .cache/peers/bin/python
# Ray for `make compat`, with what its tests need; `make compat COMPAT_PYTHON=...` takes another.
COMPAT_PYTHON := .cache/compat/bin/python

# A file of tests is run by one process, since its tests may share a browser or a session.
TESTS_AT_ONCE := -n logical --maxprocesses=4 --dist loadfile --no-loadscope-reorder

help:  ## say what there is
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 20

lab:  ## open the course in JupyterLab
	@scripts/environment lab
	@scripts/lab

test: lint  ## check the style and the types, and run every test
	@$(PYTHON) -m tests.browser.chromium --install
	@echo "Running the tests, a file of them on each CPU."
	@$(PYTHON) -m pytest -rs $(TESTS_AT_ONCE)

lint:  ## check the style and the types only
	@scripts/environment dev
	@echo "Checking style and types."
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m mypy

lessons:  ## write the notebooks anew from their masters, and the links to them
	@scripts/environment dev
	@$(PYTHON) scripts/lessons
	@$(PYTHON) scripts/binder

format:  ## put the code into its usual form
	@scripts/environment dev
	@$(PYTHON) -m ruff check --fix .
	@$(PYTHON) -m ruff format .

compat: $(COMPAT_PYTHON)  ## run tests/compat on raylite's engines and on Ray, and set them side by side
	@scripts/environment dev
	@rm -f .cache/compat-*.json
	@echo "Running the cases on raylite."
	-@$(PYTHON) -m pytest -q tests/compat --results .cache/compat-raylite.json
	@echo "Running the cases in one process."
	-@$(PYTHON) -m pytest -q tests/compat --engine inline --results .cache/compat-inline.json
	@echo "Running the cases on Ray, by way of raylite."
	-@$(COMPAT_PYTHON) -m pytest -q -p no:cacheprovider tests/compat --engine on_ray --results .cache/compat-on_ray.json
	@echo "Running the cases on Ray."
	-@$(COMPAT_PYTHON) -m pytest -q -p no:cacheprovider tests/compat --engine ray --results .cache/compat-ray.json
	@$(PYTHON) -m tests.compat.report .cache/compat-raylite.json .cache/compat-inline.json .cache/compat-on_ray.json .cache/compat-ray.json

engines: $(COMPAT_PYTHON)  ## run raylite on Ray itself: tests/engines, and tests/compat on it
	@scripts/environment dev
	@echo "Running the tests of the engines."
	@$(COMPAT_PYTHON) -m pytest -q -p no:cacheprovider tests/engines tests/test_outgrowing.py
	@echo "Running the cases on raylite on Ray."
	@$(COMPAT_PYTHON) -m pytest -q -p no:cacheprovider tests/compat --engine on_ray --results .cache/compat-on_ray.json

differences:  ## write docs/differences_from_ray.md anew from the cases in tests/compat
	@scripts/environment dev
	@$(PYTHON) -m pytest -q tests/compat --collect-only --write-differences docs/differences_from_ray.md >/dev/null

bench:  ## measure the speed beside its peers (PEERS=1 installs them, BENCH="--quick" is short)
	@scripts/environment dev
	@$(if $(PEERS),$(MAKE) --no-print-directory $(PEERS_PYTHON))
	@$(PYTHON) -m benchmarks.compare $(BENCH)

scaling:  ## measure time against size, and write docs/scaling.md (SCALING="--quick" is short)
	@scripts/environment dev
	@$(PYTHON) -m benchmarks.scaling $(or $(SCALING),--write)

endurance:  ## a million calls and much else: what each process has grown by (ENDURANCE="--calls 100000")
	@scripts/environment dev
	@$(PYTHON) -m benchmarks.endurance $(ENDURANCE)

events:  ## measure what the event log costs
	@scripts/environment dev
	@$(PYTHON) -m benchmarks.events $(EVENTS)

pictures:  ## measure how fast and how smoothly the pictures move in a browser, and what they cost
	@scripts/environment dev
	@$(PYTHON) -m tests.browser.chromium --install
	@$(PYTHON) -m benchmarks.pictures $(PICTURES)

binder:  ## run every lesson on a machine as small as Binder's, and write docs/binder.md
	@scripts/environment dev
	@$(PYTHON) -m benchmarks.binder $(BINDER)

gallery:  ## photograph every picture in JupyterLab for docs/gallery
	@scripts/environment dev
	@$(PYTHON) -m tests.browser.chromium --install
	@$(PYTHON) -m tests.browser.gallery $(GALLERY)

$(PEERS_PYTHON):
	@echo "Installing Ray, Dask, xoscar, ipyparallel and Pykka into .cache/peers, to compare with."
	@$(PYTHON) -m venv .cache/peers
	@$@ -m pip install --quiet --no-cache-dir --disable-pip-version-check --upgrade 'pip>=25.1' || (rm -rf .cache/peers; exit 1)
	@$@ -m pip install --quiet --no-cache-dir --disable-pip-version-check --group peers || (rm -rf .cache/peers; exit 1)

.cache/compat/bin/python:
	@scripts/environment dev
	@echo "Installing Ray into .cache/compat, to compare with."
	@$(PYTHON) -m venv .cache/compat
	@$@ -m pip install --quiet --no-cache-dir --disable-pip-version-check --upgrade 'pip>=25.1' || (rm -rf .cache/compat; exit 1)
	@$@ -m pip install --quiet --no-cache-dir --disable-pip-version-check --group compat || (rm -rf .cache/compat; exit 1)

clean:  ## remove what the other commands made
	@rm -rf .venv .cache .hypothesis .mypy_cache .pytest_cache .ruff_cache artifacts dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
