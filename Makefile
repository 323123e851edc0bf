# proclab: the lab bench of an operating-systems course. `make` lists everything.
# Running labs needs Docker, Compose and make; testing and measuring need Python 3.11 or newer too.

# What a user gives is data. make would expand it ($(shell …) in a file's name) before a script sees it: so it is frozen
# here, goes to the scripts as it is in the environment, and no recipe names it. Works for make 3.81, too.
$(foreach v,$(.VARIABLES),$(if $(findstring $$,$v),,$(if $(filter command,$(origin $v)),$(eval override $v := $$(value $v))$(eval export $v))))
override PROCLAB_STEM = $*
export PROCLAB_STEM

.DEFAULT_GOAL := help
.PHONY: help trace check grade fill image bundle load verify-image accept-image venv test test-unit test-soak lint bench doctor wipe clean always
SHELL := /bin/bash
MAKEFLAGS += --no-print-directory

always:  # a file that is called lab-1 makes no lab out of date

##@ The labs
lab-%: always ## Run lab N as a guided tour. DEMO=name ARGS=…: that demo, on your terminal. RUN="my.py 5": your program. L=ru: in Russian
	@scripts/lab run "$$PROCLAB_STEM"

shell-%: always ## Open a shell in lab N's running container (or in a new one): try lsof, ps, strace there
	@scripts/lab shell "$$PROCLAB_STEM"

trace-%: always ## Record lab N: what each process did, as a story and pictures in out/. DEMO=name or RUN="my.py 5" (INPUT=file)
	@scripts/trace "$$PROCLAB_STEM"

fault-%: always ## Record your program while calls fail, come up short or late. PROGRAM=my.py ARGS=… INPUT=file PLAN="fork:EAGAIN@3 write:short"
	@scripts/trace "$$PROCLAB_STEM" --fault

trace: ## The same story and pictures of what your own `strace -f -ttt -T -o my.log …` has written. FILE=my.log
	@scripts/trace

look-%: always ## Look at what runs in lab N now: tree, states, threads, both ends of pipes and sockets, who waits for what
	@scripts/look "$$PROCLAB_STEM"

watch-%: always ## The same again and again, with what has changed; ^C ends it. WEB=1: as a page in your browser, drawn live
	@scripts/look "$$PROCLAB_STEM" --watch

##@ The tasks
check-%: always ## Check your solution of lab N's tasks: what is right, what is missing and why. WORK=folder; LIVE=1: again whenever you save
	@scripts/check "$$PROCLAB_STEM"

check: ## The same for all labs
	@scripts/check

grade: ## Grade a class into OUT (out/grades). SUBMISSIONS=folder or the zip of Moodle, Canvas, Gradescope; LABS=1,3 JOBS=n CLUSTER=address
	@scripts/grade

fill: ## Fill the grades of OUT into the table that Canvas or Moodle exported. GRADEBOOK=file.csv; COLUMN="Lab 1", where there are several
	@scripts/fill

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
	@scripts/venv && .venv/bin/python -m proclab wipe

##@ Working on proclab
venv: ## Make a developer's .venv from the hashed lock; at once when nothing has changed (trace, look and wipe make a small one)
	@scripts/venv dev

test: venv image ## All tests, without Docker and in real containers. ARGS="-k pipes -x" goes to pytest; two at once; JOBS=1: one by one
	@scripts/python --jobs -m pytest

test-unit: venv ## The tests without Docker, in three minutes
	@scripts/python --jobs -m pytest tests/unit

test-soak: venv image ## Every phenomenon 20 times in a row, also while all processors are busy
	@scripts/python -m pytest -m soak -o faulthandler_timeout=1200

lint: venv ## ruff (rules and layout) and mypy
	@.venv/bin/python -m ruff check . && .venv/bin/python -m ruff format --check . && .venv/bin/python -m mypy

bench: venv image ## Measure what running costs, as ratios within one run; table, and JSON under out/bench/
	@scripts/python -m proclab bench

clean: ## Remove what can be made again: venv, caches, output (not the image)
	@rm -rf .venv .cache out .pytest_cache .mypy_cache .ruff_cache .hypothesis

help:
	@awk 'BEGIN {FS = ":.*## "} /^##@ / {printf "\n%s\n", substr($$0, 5)} \
		/^[a-z%-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@printf '\nlabs: %s\n' "$$(ls labs | grep -E '^[0-9]' | tr '\n' ' ')"
