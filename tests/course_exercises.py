"""Help for tests of what a lesson's `exercises.py` declares."""

import importlib.util
from pathlib import Path

from grader.course.references import prepare_import
from grader.exercises import Exercise

SOURCE = Path(__file__).parents[1] / "source"


def exercises_of(lesson):
    """Run a lesson's `exercises.py` and return it as a module: broken code and helpers included."""
    prepare_import(SOURCE.parent)
    path = SOURCE / lesson / "exercises.py"
    spec = importlib.util.spec_from_file_location(f"exercises_of_{lesson[:2]}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def check_misconceptions(module, names):
    """Assert: these exercises are declared, each with five misconceptions in plain sentences."""
    declared = [value for value in vars(module).values() if isinstance(value, Exercise)]
    assert [exercise.name for exercise in declared] == names
    for exercise in declared:
        assert len(exercise.misconceptions) >= 5
        for wrong in exercise.misconceptions:
            assert wrong.sentence.endswith(".")
            assert "!" not in wrong.sentence
            assert "should have" not in wrong.sentence
