# Everything that a developer runs, the same in CI.
python := .venv/bin/python

.PHONY: check lint types layers test bench faults troubles mutants words schemas docs format lock picture

check: lint types layers test    ## all of it

lint:
	$(python) -m ruff check .
	$(python) -m ruff format --check .

types:
	$(python) -m mypy

layers:
	.venv/bin/lint-imports

test:    ## a failure is a failure: no test is given a second try, here or in CI
	$(python) -m pytest -n auto

bench:    ## the speed budgets, measured (WHAT="--only containers class --learners 100": a part of them)
	$(python) -m tests.bench $(WHAT)

faults:    ## every known fault, whether it is found, and false alarms
	$(python) -m tests.faults

troubles: faults    ## the former name of `faults`, for one release

mutants:    ## small changes to the source, one at a time: which do the tests notice? (WHAT=a file or folder; else what differs from main)
	$(python) -m tests.mutants $(WHAT)

format:
	$(python) -m ruff check --fix .
	$(python) -m ruff format .

words:    ## bring the Korean catalogue up to date with the code
	$(python) -m runner.locale.update

schemas:    ## the practice cluster's tables of fields and of their descriptions, from the kubernetes package's models; with KUBERNETES_SOURCES also the protobuf fields
	$(python) -m runner.practice.kinds.generate_fields
	$(python) -m runner.practice.kinds.generate_descriptions
	$(python) -m runner.practice.kinds.generate_protobuf_fields $(KUBERNETES_SOURCES)

docs:    ## the references of the lab format and of the practice cluster, the JSON Schemas, the keys
	$(python) -m runner.authoring.reference
	$(python) -m runner.authoring.practice_reference
	$(python) -m runner.authoring.json_schemas
	$(python) -m runner.tui.key_reference

lock:    ## pins with hashes, for setup
	$(python) -m piptools compile -q --strip-extras --generate-hashes --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options --build-deps-for=editable --allow-unsafe --no-header -o requirements.lock pyproject.toml
	$(python) -m piptools compile -q --strip-extras --generate-hashes --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options --build-deps-for=editable --allow-unsafe --no-header --extra dev -c requirements.lock -o requirements-dev.lock pyproject.toml

picture:    ## the pictures of README and of docs/first-lab.md, from the program itself
	$(python) -m docs.picture
