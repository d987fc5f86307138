SHELL := /bin/bash
.DEFAULT_GOAL := help
STUDY ?= quick
ACTIVATE := export PATH="$(CURDIR)/.venv/bin:$$PATH" PYTHONWARNINGS=ignore::DeprecationWarning;

.PHONY: help setup study verify reference test lint claims bench docs gallery clean audit test-faults test-wheel test-numpy2 test-plaid test-dolfinx-next test-report test-slurm test-container

help:  ## this list
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 20

setup:  ## do what is missing: Debian packages, .venv, Python packages
	@bash envs/setup.sh

study: setup  ## run config/$(STUDY).yaml (quick) to results/$(STUDY)/report.html
	@bash workflow/study.sh $(STUDY)

verify: setup  ## numbers of the last study quick against tests/reference; FRESH=1 reruns it
	@if [ -n "$(FRESH)" ]; then rm -rf results/$(STUDY) data/generated; fi
	@[ -f results/$(STUDY)/metrics.json ] || bash workflow/study.sh $(STUDY)
	@$(ACTIVATE) understudy verify results/$(STUDY) --reference tests/reference/$(STUDY) \
	--tolerances tests/reference/tolerances.yaml

reference: setup  ## make the last run of STUDY the reference of make verify
	@bash workflow/study.sh $(STUDY)
	@$(ACTIVATE) understudy verify results/$(STUDY) --reference tests/reference/$(STUDY) \
	--tolerances tests/reference/tolerances.yaml --write .snakemake/study-$(STUDY).log

test: setup  ## all tests of the default environment, by two processes
	@$(ACTIVATE) python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m "not gpu and not long"

lint: setup  ## ruff, mypy, import-linter, snakefmt, snakemake --lint
	@$(ACTIVATE) ruff check . && ruff format --check . && mypy && lint-imports --no-logo \
	&& snakefmt --check Snakefile workflow && snakemake --lint

claims: setup  ## claims of README and docs -> tests; fails for a number without a source
	@$(ACTIVATE) python docs/claims.py

bench: setup  ## benchmarks: ratios against named peers
	@bash envs/setup.sh peers || true
	@bash envs/setup.sh adelie || true
	@$(ACTIVATE) for file in benchmarks/*.py; do echo "$$file"; python $$file; done

docs: setup  ## generated pages, links, and the site: docs/_build/html/index.html
	@$(ACTIVATE) python docs/render.py && python docs/links.py \
	&& python -m sphinx -q -b html docs docs/_build/html

gallery: setup  ## the site with the examples' pictures and words: runs them all, minutes
	@$(ACTIVATE) python docs/render.py && python docs/links.py \
	&& python -m sphinx -q -b html -D plot_gallery=1 docs docs/_build/html

audit:  ## known holes in what we stand on; exit 3 where the service is out of reach
	@bash envs/setup.sh audit
	@.venv-audit/bin/python .ci/audit.py envs/debian12/requirements.txt envs/numpy2.txt

test-faults: setup  ## 50 kills, 1,000 flipped bits, failing samples: up to 90 minutes
	@$(ACTIVATE) python -m pytest -q -m fault tests/faults tests/security
	@$(ACTIVATE) python tests/faults/campaign.py bits --count 1000
	@$(ACTIVATE) python tests/faults/campaign.py failures
	@$(ACTIVATE) python tests/faults/campaign.py kills --count 50

test-wheel:  ## wheel and sdist install clean in bare environments on NumPy 2
	@bash tests/packaging/bare.sh

test-numpy2: setup  ## what needs no DOLFINx, on NumPy 2
	@bash envs/setup.sh numpy2
	@.venv-numpy2/bin/python -m pytest -m "not gpu and not long" --ignore tests/fem --ignore tests/workflow

test-plaid:  ## data sets there and back through PLAID, in an environment of its own
	@bash envs/setup.sh plaid
	@.venv-plaid/bin/python -m pytest -m "not gpu and not long" tests/data tests/cli/test_plaid.py

test-dolfinx-next: setup  ## tests/fem on newer DOLFINx, in Debian chroots
	@bash envs/dolfinx_next.sh

test-report: setup  ## the report in headless Chromium, the site too where make docs has built it
	@bash envs/setup.sh report
	@$(ACTIVATE) python -m pytest -q -m "not gpu and not long" tests/report

test-slurm: setup  ## the tiny study on a real Slurm that loses jobs, node and controller; needs root
	@bash envs/setup.sh cluster
	@bash envs/slurm/test.sh

test-container: setup  ## an image from the same pins, the simulate stage of tiny inside it; needs root
	@bash envs/container/test.sh

clean:  ## results and generated data; environments stay
	@rm -rf results data/generated .snakemake .cache
