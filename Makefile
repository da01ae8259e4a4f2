# Everything a newcomer needs. Each target does its own set-up; the second time that is quick.
#   make demo ARGS="--once --json out.json"     the whole product at work on the sandbox
#   make test                                   lint, types, borders, tests: under ten minutes
#   make test-long                              minutes-long tests, PostgreSQL and Redis for real

# Another interpreter (3.11 or later): make PYTHON=python3.12 demo
PYTHON = python3
ARGS =
PY = .venv/bin/python

.PHONY: demo test test-long check format lock clean setup

demo: setup
	@$(PY) manage.py demo $(ARGS)

test: check
	$(PY) -m pytest -n 2 --dist loadfile --max-worker-restart 0 -m "not long"

test-long: setup
	$(PY) -m pytest -m "long or matrix" --whole
	$(PY) -m tests.services $(PY) -m pytest -m "not long" tests/integration
	$(PY) -m tests.services $(PY) -m pytest tests/acceptance/test_crash.py

check: setup
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	.venv/bin/lint-imports
	$(PY) manage.py makemigrations --check --dry-run
	$(PY) manage.py check

format: setup
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

lock: setup
	UV_CUSTOM_COMPILE_COMMAND="make lock" .venv/bin/uv pip compile pyproject.toml --quiet \
	  --universal --all-extras --generate-hashes --python-version 3.11 \
	  --output-file requirements.lock

setup:
	@$(PYTHON) -I config/bootstrap.py

clean:
	rm -rf .venv .local .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
