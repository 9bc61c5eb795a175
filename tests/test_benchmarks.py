"""The benchmarks start, and what they time exists; nothing is measured here."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

FOLDER = Path(__file__).parents[1] / "benchmarks"
SCRIPTS = sorted(path.name for path in FOLDER.glob("*.py") if path.name != "measuring.py")
STAGES = """
import importlib, pkgutil
import grader, stages
for module in pkgutil.walk_packages(grader.__path__, "grader."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
watch = stages.Watch()
for name in stages.STAGES:
    watch.put_around(name)
"""


def run(*arguments):
    env = {**os.environ, "PYTHONPATH": str(FOLDER)}
    done = subprocess.run([sys.executable, *arguments], env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_tells_its_options(script):
    assert "--help" in run(str(FOLDER / script), "--help")


@pytest.mark.skipif(os.name != "posix", reason="submissions are forked")
def test_every_stage_is_a_function_of_the_grader():
    run("-c", STAGES)


@pytest.mark.parametrize("page", ["docs/scale.md", "docs/security.md", "docs/widgets.md"])
def test_pages_name_scripts_that_exist(page):
    text = (FOLDER.parent / page).read_text(encoding="utf-8")
    named = set(re.findall(r"benchmarks/(\w+\.py)", text))
    assert named and named <= {*SCRIPTS}
