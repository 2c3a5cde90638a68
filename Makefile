# The modules of this repository: the library, and those that keep their dependencies to themselves.
MODULES := $(patsubst %/go.mod,%,$(wildcard ./go.mod bench/go.mod browser/go.mod orm/go.mod rest/openapitest/go.mod softotel/go.mod))

# The servers of test-matrix.
VERSIONS ?= 16 17 18

# How long the tests of one package may take, however slow the machine: those of the root need more
# than go test's own ten minutes on a busy one.
TESTTIME ?= 40m

# How many inputs each fuzz target gets, those that are there already (up to 3,000) included; a
# duration, such as 5m, is possible too.
FUZZTIME ?= 10000x

.PHONY: help install install-for-tests demo test test-matrix lint fuzz bench equivalence sabotage generate

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile

install: ## Install a C compiler and PostgreSQL's programs if they are missing
	@scripts/install.sh

install-for-tests:
	@scripts/install.sh pgbouncer chromium

demo: install ## Show the library at work on a PostgreSQL server of its own; SERVE=1 opens its trash at the end
	go run ./cmd/softdelete demo $(if $(SERVE),--serve)

test: install-for-tests ## Run all tests with the race detector
	@set -e; for module in $(MODULES); do \
		echo "go test -race ./... in $$module"; \
		(cd "$$module" && go test -race -timeout $(TESTTIME) ./...); \
	done

test-matrix: install-for-tests ## Run the tests on PostgreSQL 16, 17 and 18 too; VERSIONS="…" are others
	@MODULES='$(MODULES)' TESTTIME=$(TESTTIME) scripts/matrix.sh $(VERSIONS)

lint: install ## Check the formatting and run the linters
	@scripts/lint.sh $(MODULES)

fuzz: install ## Run each fuzz target for FUZZTIME: inputs (10000x), or time (5m)
	@scripts/fuzz.sh '$(FUZZTIME)'

bench: install ## Run the benchmarks; ARGS are passed on
	cd bench && go run . $(ARGS)

# The workload that is generated: a seed or several (1-50), and statements for each; without a seed a
# fresh one, which is printed.
SEED ?= 0
N ?= 20000

# How many deletes the comparison of foreign keys makes; a fifth of them are restored.
DELETES ?= 10000

equivalence: install ## Compare the driver with real deletes: SEED=… N=… DELETES=…
	go run ./cmd/softdelete-equivalence run --seed '$(SEED)' --n '$(N)' --out equivalence-divergences
	go run ./cmd/softdelete-equivalence cascades --seed '$(firstword $(subst -, ,$(SEED)))' --deletes '$(DELETES)'

sabotage: install ## Prove that this comparison finds a rewriter that is wrong on purpose
	go test -tags softdelete_sabotage -count=1 -v -run Sabotage ./equivalence

generate: install ## Write the generated files anew
	go generate ./...
