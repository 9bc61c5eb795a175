"""Sentences of misconceptions in another language, from `sentences.LANGUAGE.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from grader.course.exercises import Exercise, WrittenExercise
from grader.errors import CourseError


def translate(declared: Mapping[str, Exercise | WrittenExercise], path: Path) -> None:
    """Put a translation's sentences, named ``Exercise.misconception``, in the place of ours."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise CourseError(f"{path} (sentences) cannot be read: {error}") from error
    sentences = {
        f"{name}.{key}".rstrip("."): sentence
        for name, table in tables.items()
        for key, sentence in (table.items() if isinstance(table, dict) else [("", table)])
    }
    for exercise in declared.values():
        if isinstance(exercise, Exercise):
            exercise.misconceptions = [
                replace(m, sentence=sentences.pop(f"{exercise.name}.{m.name}", m.sentence))
                for m in exercise.misconceptions
            ]
    if sentences:
        raise CourseError(f"{path}: exercises.py declares no misconception {min(sentences)}.")
    check_sentences(path, declared)


def check_sentences(path: Path, declared: Mapping[str, Exercise | WrittenExercise]) -> None:
    """Refuse a misconception without a sentence; `path` is named as where it should stand."""
    for exercise in declared.values():
        for wrong in exercise.misconceptions if isinstance(exercise, Exercise) else []:
            if not (isinstance(wrong.sentence, str) and wrong.sentence.strip()):
                raise CourseError(f"{path}: {exercise.name}.{wrong.name} needs a sentence.")
