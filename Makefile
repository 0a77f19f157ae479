# The front door. `make` alone explains itself; `make run` and `make test` do all their own set-up.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
python := .venv/bin/python -P
pytest := $(python) -m pytest
sources := $(wildcard common daemons units hw image tests bench docs)

.PHONY: help
help: ## show this
	@sed -nE 's/^([a-z-]+):.*## (.*)/\1\t\2/p' Makefile | \
		while IFS=$$'\t' read -r target what; do printf '  make %-12s %s\n' "$$target" "$$what"; done

# --- set-up -----------------------------------------------------------------------------------

.PHONY: setup build-web pjsip pjsip-asan pjsip-attack lock
setup: ## install everything that running and testing need
	@bash etc/setup/setup.sh run pjsip test

build-web: ## install what running needs, and build the web UI into web/dist
	@bash etc/setup/setup.sh run

pjsip: ## build the SIP stack, if this version is not there yet, and install it into .venv
	@bash etc/setup/setup.sh run pjsip

pjsip-asan: pjsip ## build the SIP stack once more, with sanitizers, for the hunt of errors
	@bash etc/setup/pjsip.sh asan

# The tests that start the stack themselves: a daemon's own child gets nothing of the environment.
pjsip-attack: pjsip-asan ## attack the SIP stack, with sanitizers in it, with all that is odd and 10,000 mutated messages
	C8210_PJSIP_ASAN=build/pjsip/asan C8210_TORTURE=10000 $(python) -m pytest tests/contract/test_sip_guard*.py \
		tests/contract/test_sip_torture.py tests/contract/test_sip_torture_rtp.py \
		tests/contract/test_sip_torture_storm.py::test_the_parser_takes_whatever_comes

lock: ## resolve the Python packages anew (UPGRADE=1 takes newer releases)
	@bash etc/setup/lock.sh $(if $(UPGRADE),--upgrade)

# --- run --------------------------------------------------------------------------------------

.PHONY: run
run: build-web ## start the suite on the simulated board (C8210_HTTP_PORT, C8210_HTTPS_PORT, C8210_STATE)
	@exec $(python) -m units.supervisor

# --- check ------------------------------------------------------------------------------------

.PHONY: test check lint types unit contract web-test test-system test-vm coverage
test: setup ## set-up and check: exactly what CI runs
	@$(MAKE) check

check: ## lint, types, unit, contract, web and, as root, system tests
	@rm -f .pytest-coverage-rows.json
	@$(MAKE) lint
	@$(MAKE) types
	@$(MAKE) unit
	@tests/behind.sh contract-together $(if $(as_root),system-tree)
	@tests/behind.sh contract-alone web-test
	@$(MAKE) contract-quiet
	@$(if $(as_root),$(MAKE) test-system,echo 'tests/system are left out: only root can boot a container')

lint: ## ruff and shellcheck
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	shellcheck .ci/run etc/setup/*.sh daemons/sip/pjsip/*.sh image/*.sh image/*/*.sh image/kernel/init tests/*.sh tests/vm/*.sh

types: ## strict types, in Python and in the web UI
	$(python) -m mypy $(sources)
	cd web && ../.venv/bin/npm run --silent check

# Most tests wait most of the time, so several run at once, each in a network of its own: that takes root.
# Which measure time or judge sound as it passes are marked `alone`; and `quiet` where nothing at all may run beside.
as_root := $(filter 0,$(shell id -u))
WORKERS ?= $(if $(as_root),2)
at_once = $(if $(WORKERS),-n $(WORKERS) --dist loadfile)

unit: ## tests without I/O
	$(pytest) tests/unit $(at_once)

contract: contract-together contract-alone contract-quiet ## real daemons on a private bus, two tests at once as root (WORKERS= for one)

.PHONY: contract-together contract-alone contract-quiet
contract-together:
	$(pytest) tests/contract -m "not alone" $(at_once)
contract-alone:
	$(pytest) tests/contract -m "alone and not quiet"
contract-quiet:
	$(pytest) tests/contract -m quiet

web-test: build-web ## the web UI's own tests, and the whole suite in two browsers
	cd web && ../.venv/bin/npm run --silent test
	$(pytest) tests/web

test-system: system-tree ## boot the device's own tree under systemd in a container, and test it there; needs root
	$(pytest) tests/system

.PHONY: system-tree
system-tree:
	@bash etc/setup/setup.sh run pjsip test system
	$(python) -c 'from tests.system.machine import build_tree; build_tree()'

test-vm: ## start the device's own tree on emulated hardware, and test its drivers and limits; needs root
	@bash etc/setup/setup.sh run pjsip test system vm
	$(pytest) tests/vm

coverage: ## which promises of the manual the passed tests prove
	@test -f .pytest-coverage-rows.json || $(MAKE) test
	@$(python) -m tests.coverage_rows

# --- image ------------------------------------------------------------------------------------

.PHONY: image test-image
image: ## make the image for a Raspberry Pi 4 and its update, as root (VERSION, KEYS: see image/image.sh)
	@bash etc/setup/setup.sh run image
	@bash image/image.sh

test-image: ## start the image in an emulator, update it, break it; as root, after make image
	@bash etc/setup/setup.sh run image test
	$(pytest) tests/image

# --- the rest ---------------------------------------------------------------------------------

.PHONY: bench docs clean
bench: ## measure, each figure beside a peer or a limit
	@bash etc/setup/setup.sh run pjsip test bench system
	$(python) -m bench

docs: setup ## write docs/generated anew
	$(python) -m docs.generate

clean: ## remove everything that was made, except the state in var
	rm -rf build .venv web/node_modules web/dist .mypy_cache .ruff_cache .pytest_cache \
		.hypothesis .pytest-coverage-rows.json
