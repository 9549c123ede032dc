# Every task has one command; `make` alone lists them.

MAKEFLAGS += --no-print-directory
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

LAKE ?= file
SIZE ?= standard
KAFKA ?=
export LAKE SIZE KAFKA

UV := .uv/bin/uv
PYTHON_SPARK := .venv/bin/python
SPARK_ENVIRONMENT := .venv/.stamp
AIRFLOW_ENVIRONMENT := .venv-airflow/.stamp
SPARK_CLASSES := .venv/spark-classes.jsa

# As it was typed: a query's dollar signs and quotes are neither make's nor the shell's.
QUERY := $(value Q)
export QUERY
unexport Q

##@ Run it

.PHONY: demo
demo: setup  ## Play the pretend broker through the whole platform (SIZE=small, LAKE=hdfs)
	@$(PYTHON_SPARK) -m infra demo

.PHONY: up
up: setup  ## Start the servers and the streams (LAKE=hdfs for a lake on HDFS, KAFKA=3 for three brokers)
	@$(PYTHON_SPARK) -m infra up

.PHONY: down
down: $(SPARK_ENVIRONMENT)  ## Stop them all; nothing is left running
	@$(PYTHON_SPARK) -m infra down

.PHONY: status
status: $(SPARK_ENVIRONMENT)  ## Say which servers run and whether they are well
	@$(PYTHON_SPARK) -m infra status

.PHONY: sql
sql: $(SPARK_ENVIRONMENT)  ## Ask the lake, without a JVM: make sql Q="select …"
	@$(PYTHON_SPARK) -m lake sql "$$QUERY"

.PHONY: report
report: $(SPARK_ENVIRONMENT)  ## Write a session's risk as one HTML page: make report SESSION=2022-12-23
	@$(PYTHON_SPARK) -m evaluation report $(if $(SESSION),--session $(SESSION)) $(if $(OUT),--out $(OUT))

##@ Work on it

.PHONY: check
check: $(SPARK_ENVIRONMENT)  ## Format, lint, types, generated files; changes nothing
	@.venv/bin/ruff format --check .
	@.venv/bin/ruff check .
	@.venv/bin/mypy
	@$(PYTHON_SPARK) -m jobs catalog --json | cmp --quiet - jobs/catalog.json || { echo "jobs/catalog.json is stale: run make generate"; exit 1; }
	@$(PYTHON_SPARK) -m schemas check

.PHONY: fix
fix: $(SPARK_ENVIRONMENT)  ## Format, and mend what the linter can mend
	@.venv/bin/ruff check --fix .
	@.venv/bin/ruff format .

.PHONY: generate
generate: $(SPARK_ENVIRONMENT)  ## Write what follows from the declarations
	@$(PYTHON_SPARK) -m jobs catalog --json > jobs/catalog.json.new && mv jobs/catalog.json.new jobs/catalog.json
	@$(PYTHON_SPARK) -m schemas generate

# Of these none measures how long something takes, and what needs a server starts its own, so two at a time do each other no
# harm. The longest come first.
SIDE_BY_SIDE := $(addprefix tests/,acceptance ingestion streams jobs lake contract evaluation models schemas)

.PHONY: test
test: setup jars-hadoop  ## All the set-up that it needs, then every test
	@if [ -d tests/dags ]; then .venv-airflow/bin/pytest tests/dags; fi
	@.venv/bin/pytest $(SIDE_BY_SIDE) --numprocesses=2 --dist=loadfile --no-loadscope-reorder --durations=60
	@.venv/bin/pytest $(addprefix --ignore=,tests/dags $(SIDE_BY_SIDE)) --durations=60

.PHONY: faults
faults: setup jars-hadoop  ## Break it on purpose and count: ONLY=a group or a fault, SEED=, DEEP=1
	@$(PYTHON_SPARK) -m tests.faults $(if $(ONLY),--only $(ONLY)) $(if $(SEED),--seed $(SEED)) $(if $(DEEP),--deep)

.PHONY: bench
bench: setup  ## Ours against a stock Spark job, side by side: EVENTS=300000 PAIRS=7; some 25 quiet minutes
	@$(PYTHON_SPARK) -m benchmarks.ingestion $(if $(EVENTS),--events $(EVENTS)) $(if $(PAIRS),--pairs $(PAIRS))

.PHONY: bench-risk
bench-risk: setup  ## Value at risk against numpy alone and a tutorial's job: PARTS="kernel memory", ACCOUNTS=20000 PAIRS=7
	@$(PYTHON_SPARK) -m benchmarks.value_at_risk $(or $(PARTS),kernel tutorial memory growth bytes) $(if $(ACCOUNTS),--accounts $(ACCOUNTS)) $(if $(PAIRS),--pairs $(PAIRS))

.PHONY: clean
clean: down  ## Stop everything and remove what runs have made: servers' data, lake, caches
	@rm -rf var spark-warehouse metastore_db derby.log .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -not -path './.venv*' -not -path './.uv/*' -prune -exec rm -rf {} +

##@ Set it up

.PHONY: setup
setup: $(SPARK_ENVIRONMENT) $(AIRFLOW_ENVIRONMENT) jars $(SPARK_CLASSES)  ## Environments from their locks and verified jars; skips what is done

.PHONY: jars
jars: $(SPARK_ENVIRONMENT)
	@$(PYTHON_SPARK) -m infra jars
ifeq ($(LAKE),hdfs)
	@$(MAKE) jars-hadoop
endif

.PHONY: jars-hadoop
jars-hadoop: $(SPARK_ENVIRONMENT)
	@$(PYTHON_SPARK) -m infra jars hadoop

$(SPARK_CLASSES): $(SPARK_ENVIRONMENT) infra/local/spark_classes.py | jars
	@echo "Spark's classes: as the JVM has read and verified them"
	@$(PYTHON_SPARK) -m infra classes

.uv/.stamp: infra/uv.txt
	@python=$$(infra/prerequisites.sh); "$$python" -m venv .uv
	@.uv/bin/pip install --quiet --requirement infra/uv.txt
	@touch $@

# Compiled once here, and not by each of the many processes wherever PYTHONDONTWRITEBYTECODE is set.
$(SPARK_ENVIRONMENT): pyproject.toml uv.lock .uv/.stamp
	@echo "environment for Spark: from uv.lock"
	@$(UV) sync --frozen --quiet --compile-bytecode --python .uv/bin/python
	@touch $@

$(AIRFLOW_ENVIRONMENT): infra/airflow/pyproject.toml infra/airflow/uv.lock .uv/.stamp
	@echo "environment for Airflow: from infra/airflow/uv.lock"
	@UV_PROJECT_ENVIRONMENT=$(CURDIR)/.venv-airflow $(UV) sync --frozen --quiet --compile-bytecode --python .uv/bin/python --project infra/airflow
	@touch $@

.PHONY: help
help:
	@awk 'BEGIN {FS = ":.*##"} /^##@/ {printf "\n%s\n", substr($$0, 5)} \
	  /^[a-z-]+:.*##/ {printf "  make %-10s%s\n", $$1, $$2}' $(MAKEFILE_LIST)
