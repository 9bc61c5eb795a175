"""A course folder may hold another copy of our packages: what runs is the one installed."""

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

ROOT = Path(__file__).parents[1]
WRONG = "raise RuntimeError('this is the copy in the course folder')\n"


def run(tmp_path, script):
    """Run a script in a course folder that holds packages called like ours."""
    course = tmp_path / "course"
    for name in ("grader", "twoapples"):
        (course / name).mkdir(parents=True)
        (course / name / "__init__.py").write_text(WRONG)
    (tmp_path / "scripts").mkdir()
    file = tmp_path / "scripts" / "script.py"
    start = f"import sys\nsys.path.append({str(ROOT)!r})\n"
    file.write_text(start + dedent(script), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(file)], cwd=course, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_worker_processes_import_what_is_installed(tmp_path):
    script = """
        import os

        from grader.tools.processes import process_context

        if __name__ == "__main__":
            context = process_context("grader.errors")
            with context.Pool(1) as pool:
                print(pool.apply(eval, ("__import__('grader').__file__",)))
            print("PYTHONSAFEPATH" in os.environ)
    """
    assert run(tmp_path, script) == [str(ROOT / "grader" / "__init__.py"), "False"]


def test_the_sandbox_binds_what_is_installed(tmp_path):
    script = """
        import grader
        from grader.sandbox.view import environment

        sys.path.insert(0, ".")  # as reading a course's references does
        for path in environment():
            if path.name in ("twoapples", "inside"):
                print(path)
    """
    assert run(tmp_path, script) == [
        str(ROOT / "grader" / "inside"),
        str(ROOT / "twoapples"),
    ]
