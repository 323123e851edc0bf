# proclab: the lab bench of an operating-systems course. `make` lists everything.
# Running labs needs Docker, Compose and make; testing and measuring need Python 3.11 or newer too.

.DEFAULT_GOAL := help
.PHONY: help image bundle load verify-image accept-image venv test test-unit test-soak lint bench doctor wipe clean
SHELL := /bin/bash
MAKEFLAGS += --no-print-directory
PY := .venv/bin/python

##@ The labs
lab-%: ## Run lab N as a guided tour. DEMO=name ARGS=…: that demo, on your terminal. RUN="my.py 5": your program. L=ru: in Russian
	@scripts/lab run "$*"

shell-%: ## Open a shell in lab N's running container (or in a new one): try lsof, ps, strace there
	@scripts/lab shell "$*"

trace-%: ## Record lab N: what each process did, as a story and pictures in out/. DEMO=name or RUN="my.py 5" (INPUT=file)
	@scripts/trace "$*"

look-%: ## Look at what runs in lab N now: tree, states, threads, both ends of pipes and sockets, who waits for what
	@scripts/look "$*"

watch-%: ## The same again and again, with what has changed; ^C ends it. WEB=1: as a page in your browser, drawn live
	@scripts/look "$*" --watch

##@ The image
image: ## Build the labs' image; at once when nothing has changed
	@scripts/image build

bundle: ## One file with image, Compose file and labs, for a room without network. FILE=name
	@scripts/image bundle

load: ## Load the image of such a file. FILE=name
	@scripts/image load

verify-image: ## Rebuild the image from nothing and prove that it is the same, bit for bit
	@scripts/image verify

accept-image: ## Take the package versions of the present image into docker/packages.lock
	@scripts/image accept

##@ The machine
doctor: ## Look at engine, Compose, cgroups, storage, ptrace, clock, networks, disk; each finding with its fix
	@scripts/doctor

wipe: ## Remove the containers and networks that a crash of this checkout left
	@scripts/venv && $(PY) -m proclab wipe

##@ Working on proclab
venv: ## Make a developer's .venv from the hashed lock; at once when nothing has changed (trace, look and wipe make a small one)
	@scripts/venv dev

test: venv image ## All tests, without Docker and in real containers. ARGS="-k pipes -x" goes to pytest; JOBS=2: two at once
	@$(PY) -m pytest $(if $(JOBS),-n $(JOBS) --dist loadscope --no-loadscope-reorder) $(ARGS)

test-unit: venv ## The tests without Docker, in seconds
	@$(PY) -m pytest tests/unit $(ARGS)

test-soak: venv image ## Every phenomenon 20 times in a row, also while all processors are busy
	@$(PY) -m pytest -m soak -o faulthandler_timeout=1200 $(ARGS)

lint: venv ## ruff and mypy
	@$(PY) -m ruff check . && $(PY) -m mypy

bench: venv image ## Measure what running costs, as ratios within one run; table, and JSON under out/bench/
	@$(PY) -m proclab bench $(ARGS)

clean: ## Remove what can be made again: venv, caches, output (not the image)
	@rm -rf .venv .cache out .pytest_cache .mypy_cache .ruff_cache .hypothesis

help:
	@awk 'BEGIN {FS = ":.*## "} /^##@ / {printf "\n%s\n", substr($$0, 5)} \
		/^[a-z%-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@printf '\nlabs: %s\n' "$$(ls labs | grep -E '^[0-9]' | tr '\n' ' ')"
