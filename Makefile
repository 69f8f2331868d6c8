# Works on the template itself; the projects made from it have a Makefile of their own.

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup demo test test-all unit faults engine update lint lock clean

PYTHON ?= python3

# Without bytecode every start of a tool compiles its imports anew, which takes seconds.
unexport PYTHONDONTWRITEBYTECODE
# The checkout's path may hold spaces, so it stands in the environment rather than in targets.
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export RUFF_CACHE_DIR := $(CURDIR)/.ruff_cache

template := <<cookiecutter.project>>
demo := build/strike-triage

help: ## List the targets.
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "make %-8s  %s\n", $$1, $$2 }' Makefile

# Without uv, pip installs it first: it is several times faster. Where it finds no packages (it knows
# no settings of pip's), pip installs them all.
pip_options := --quiet --quiet --disable-pip-version-check --no-deps --require-hashes

setup: .venv/ready ## Make .venv from the locked requirements.txt.
	@:

.venv/ready: requirements.txt
	@echo 'setup: making .venv from requirements.txt'
	@rm -rf .venv
	@if command -v uv >/dev/null; then \
	  uv venv --quiet --python '>=3.11' .venv && \
	  uv pip install --quiet --compile-bytecode --require-hashes --python .venv -r requirements.txt; \
	else \
	  '$(PYTHON)' -c 'import sys; sys.exit(sys.version_info < (3, 11) and "setup: Python 3.11 or newer is needed: make setup PYTHON=python3.11")' && \
	  '$(PYTHON)' -m venv .venv && \
	  awk '/^uv==/, !/\\$$/' requirements.txt >.venv/uv.txt && \
	  .venv/bin/pip install $(pip_options) -r .venv/uv.txt && \
	  { .venv/bin/uv pip install --quiet --compile-bytecode --require-hashes --python .venv -r requirements.txt 2>/dev/null || \
	    .venv/bin/pip install $(pip_options) -r requirements.txt; }; \
	fi
	@touch $@

demo: setup ## Make a project in build/, train on its data and bless the model.
	@if [ -e $(demo) ]; then \
	  [ "$$(git -C $(demo) log --format=%s 2>/dev/null)" = 'Render ml-template' ] && \
	  git -C $(demo) diff --quiet HEAD -- . ':!dvc.lock' || \
	  { echo 'demo: $(demo) holds work of yours: move it away first.'; exit 1; }; \
	  rm -rf $(demo); \
	fi
	@cookiecutter . --no-input --default-config --output-dir build
	@$(MAKE) --no-print-directory -C $(demo) setup
	@cd $(demo) && .venv/bin/dvc repro
	@printf '%s\n' '' \
	  'Where to look next:' \
	  '  $(demo)/README.md                what each file is for' \
	  '  $(demo)/reports/evaluate.html    how good the model is' \
	  '  $(demo)/release/blessing.json    what was blessed, and what it was made from' \
	  '  make -C $(demo) validate deploy  bless the image in a container and serve it' \
	  '  make -C $(demo) replay monitor   send it live traffic and look for drift'

# Tests of the machinery in place, and tests of whole projects.
in_place := tests/unit tests/gates
projects := tests $(patsubst %,--ignore %,$(in_place) tests/faults)
# A file's tests share a project, so that one worker runs them, in their order.
workers := -n 2 --dist loadfile

test: lint unit ## 8 min: lint, unit tests, and projects without an engine or a right to install.
	@pytest $(projects) $(workers) -m 'not engine and not slow' --durations 5

test-all: engine lint unit ## 30 min: all tests but faults, in a container engine; CI runs it.
	@pytest $(projects) $(workers) --durations 15

unit: setup ## 3 min: unit tests of the template's code, at least 95 % of its lines and branches.
	@pytest $(in_place) -q -n 2 -m 'not slow' --cov --cov-report= --cov-fail-under=0
	@coverage report
	@pytest tests/unit -q -n 2 -m slow
	@# A session of its own: BentoML keeps the first store of a process, and both sessions build a Bento.
	@pytest tests/gates -q -n 2 -m slow

faults: engine setup ## 13 min: break a project in known ways (ALL=yes: all); print what stops it.
	@pytest tests/faults $(if $(ALL),--all)

engine:
	@docker info >/dev/null 2>&1 || podman info >/dev/null 2>&1 || \
	  { echo 'no container engine answers: start Docker or Podman, or run .ci/engine on Debian'; exit 1; }

update: setup ## Update a project that is older than its own `make update`: PROJECT=folder.
	@test -d "$$PROJECT" || \
	  { echo 'update: say which project: make update PROJECT=folder [TO=tag] [FROM=commit]'; exit 2; }
	@cd -- "$$PROJECT" && PYTHONPATH='$(CURDIR)/$(template)' '$(CURDIR)/.venv/bin/python' -P \
	  -m pipeline.update.update --to "$$TO" --since "$$FROM" --source "$${TEMPLATE:-$(CURDIR)}"

lint: setup ## Check the format and the sense of code, scripts and CI files.
	@ruff check --quiet template_answers.py template_origin.py hooks tests benchmarks '$(template)'
	@ruff format --quiet --check template_answers.py template_origin.py hooks tests benchmarks '$(template)'
	@shellcheck .ci/engine .ci/run
	@hadolint '$(template)/deploy/Dockerfile' '$(template)/deploy/proxy/Dockerfile'
	@actionlint .github/workflows/*.yml '$(template)'/.github/workflows/*.yml
	@found=$$(zizmor --offline --quiet .github/workflows '$(template)/.github/workflows') || \
	  { echo "$$found"; exit 1; }
	@check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml '$(template)'/.github/workflows/*.yml
	@check-jsonschema --quiet --builtin-schema vendor.gitlab-ci --data-transform gitlab-ci '$(template)/.gitlab-ci.yml'
	@echo 'lint: nothing to mend'

lock: ## Write requirements.txt anew from requirements.in.
	@uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-header --output-file requirements.txt requirements.in

clean: ## Remove build/, .venv and caches.
	@rm -rf build .venv .pytest_cache .ruff_cache
	@find . -name __pycache__ -not -path './.git/*' -prune -exec rm -rf {} +
