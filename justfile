# The long command lines of this project: `.venv/bin/just` lists them, `.venv/bin/just lint` runs one.

set windows-shell := ["powershell.exe", "-NoLogo", "-Command"]

python := if os_family() == "windows" { "py" } else { "python3" }
bin := ".venv/" + if os_family() == "windows" { "Scripts" } else { "bin" }

_list:
    @"{{ just_executable() }}" --list --unsorted

# make .venv, or bring it up to date after a pull, and check each commit from now on
setup:
    {{ python }} -m venv .venv
    {{ bin }}/pip install --quiet uv
    {{ bin }}/uv pip install --python .venv --no-deps -r requirements/dev.txt -e .
    {{ bin }}/pre-commit install

# format, and say what ruff finds
lint:
    {{ bin }}/ruff format
    {{ bin }}/ruff check

# annotations
types:
    {{ bin }}/mypy

# build the lessons' notebooks; `just build --check` only compares
build *args:
    {{ bin }}/grader build {{ args }}

# show of every exercise that each wrong answer gets its sentence; `just prove 05` for one lesson
prove *args:
    {{ bin }}/grader prove {{ args }}

# tests that take no time: under two minutes
test-fast *args:
    {{ bin }}/pytest -n auto -m "not slow" {{ args }}

# all tests: a quarter of an hour
test *args:
    {{ bin }}/pytest -n auto {{ args }}

# what a change must pass before it lands, on Debian as root
ci:
    bash .ci/run

# run a script of benchmarks/: `just bench grading --quick`
bench name *args:
    {{ bin }}/python benchmarks/{{ name }}.py {{ args }}
