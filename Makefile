# Parsimony's commands: `make reproduce` and `make test` work on a fresh machine that has Swift 6.3, git and make.
# Both install the Debian packages that are missing; on other systems they say what to install. `make help` lists the targets.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := build

PROFILE ?= quick
JOBS ?= $(shell nproc 2>/dev/null || getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)
THREADS ?= 1
LOCAL := results/local
PARSIMONY := .build/release/parsimony

# OpenBLAS reads these when it is loaded; stored results are those of one core type and one thread per product.
export OPENBLAS_CORETYPE := Haswell
export OPENBLAS_NUM_THREADS := 1

# The kernels have registers twice as wide where this processor has AVX-512; results keep their bits.
export PARSIMONY_INSTRUCTION_SET ?= $(shell grep -qsw avx512vl /proc/cpuinfo && echo x86-64-v4 || echo x86-64-v3)

.PHONY: help dependencies build reproduce reproduce-condensa reproduce-joint-sparsity-quantization \
  reproduce-micro-structured-unification compare report tables figures verify bundle audit test bench clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | awk -F'\t' '{ printf "  make %-42s %s\n", $$1, $$2 }'
	@echo "  PROFILE=$(PROFILE) (smoke, quick, standard, paper)  JOBS=$(JOBS) (runs at a time)  THREADS=$(THREADS) (per run)"
	@echo "  CLUSTER=slurm hands runs to Slurm instead (SUBMIT_OPTIONS='--partition short --time 2:00:00'); afterwards the same command renders"

dependencies: ## checks Swift and installs missing system packages
	@.ci/dependencies

build: dependencies ## the executable, in release
	@swift build -c release --product parsimony

# Runs what is missing, renders even if a run failed, and then reports the failure. With CLUSTER=slurm the runs are handed to Slurm,
# and the same command renders what has been stored since.
CLUSTER ?=
SUBMIT_OPTIONS ?=
ifeq ($(CLUSTER),slurm)
define reproduce
	@$(PARSIMONY) submit $(1) --profile $(PROFILE) --results $(LOCAL) --threads $(THREADS) $(SUBMIT_OPTIONS)
	@$(PARSIMONY) status --profile $(PROFILE) --results $(LOCAL)
	@$(PARSIMONY) report $(1) --results $(LOCAL)
endef
else ifneq ($(CLUSTER),)
$(error CLUSTER=$(CLUSTER): must be slurm, or left out)
else
define reproduce
	@failed=0; \
	$(PARSIMONY) run $(1) --profile $(PROFILE) --results $(LOCAL) --jobs $(JOBS) --threads $(THREADS) || failed=$$?; \
	$(PARSIMONY) report $(1) --results $(LOCAL); \
	exit $$failed
endef
endif

reproduce: build ## all papers: computes what results/local lacks, then tables, figures and the page there
	$(call reproduce,)

reproduce-condensa: build ## Condensa alone
	$(call reproduce,condensa)

reproduce-joint-sparsity-quantization: build ## sparsity-quantization joint learning alone
	$(call reproduce,joint-sparsity-quantization)

reproduce-micro-structured-unification: build ## micro-structured unification and pruning alone
	$(call reproduce,micro-structured-unification)

compare: build ## methods of all papers side by side, at the same size
	$(call reproduce,comparison)
	@$(PARSIMONY) compare comparison --profile $(PROFILE) --results $(LOCAL)

report: build ## renders the committed results again, from their records: tables, figures, results/index.html
	@$(PARSIMONY) report --results results

tables: report ## the same: tables and figures are rendered together, in seconds

figures: report ## the same: tables and figures are rendered together, in seconds

# One build for tests and executable; the second command then has nothing left to compile.
test: dependencies ## all tests in release, then the smoke experiments
	@swift build -c release --build-tests
	@swift build -c release --product parsimony
	@swift test -c release --skip-build
	@for format in container safetensors gzip record; do .build/release/fuzz $$format 10000; done
	@Tests/acceptance/smoke.sh
	@Tests/acceptance/pool.sh
	@Tests/acceptance/slurm.sh

verify: build ## checks all that is stored, or an archive: make verify BUNDLE=file
	@$(PARSIMONY) verify $(if $(BUNDLE),--bundle $(BUNDLE))

bundle: build ## packs specs, records and figures into parsimony-results.tar.gz
	@$(PARSIMONY) bundle

audit: build ## the checklist that reviewers use, from what is stored
	@$(PARSIMONY) audit

bench: build ## speed of the kernels and networks on this machine
	@$(PARSIMONY) bench

clean: ## removes what was built; results stay
	@swift package clean
