"""Sentences of misconceptions in another language, by id, and the imports that lessons share."""

import mini_course
import pytest

from grader.errors import CourseError


@pytest.fixture
def course(tmp_path):
    return mini_course.make_course(tmp_path)


def speak(course, language, sentences):
    folder = course.root / "source" / mini_course.LESSON
    text = folder / f"{mini_course.NOTEBOOK}.md"
    front = text.read_text(encoding="utf-8").replace("---\n", f"---\nlang: {language}\n", 1)
    text.write_text(front, encoding="utf-8")
    if sentences is not None:
        path = folder / f"sentences.{language}.toml"
        path.write_text(sentences, encoding="utf-8")


def sentences(course, exercise):
    coding = course.lesson(mini_course.LESSON).coding(exercise)
    return {wrong.name: wrong.sentence for wrong in coding.exercise.misconceptions}


def test_a_text_in_another_language_has_its_sentences(course):
    built_in = sentences(course, "double")
    speak(course, "ko", '[double]\nsquared = "수를 제곱했습니다."\n\n[Counter]\nTwice = "두 칸."\n')
    assert sentences(course, "double") == {**built_in, "squared": "수를 제곱했습니다."}
    assert sentences(course, "Counter")["Twice"] == "두 칸."


def test_they_are_what_learners_are_told(course):
    speak(course, "ko", '[double]\nsquared = "수를 제곱했습니다."\n')
    lesson = course.lesson(mini_course.LESSON)
    trace = lesson.coding("double").exercise.public_trace(lesson.references()["double"])
    assert trace.misconceptions["squared"] == "수를 제곱했습니다."


def test_an_english_text_needs_no_file(course):
    built_in = sentences(course, "double")
    speak(course, "en", None)
    assert sentences(course, "double") == built_in


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ('[double]\nsqared = "x"\n', r"declares no misconception double\.sqared"),
        ('[duoble]\nsquared = "x"\n', r"declares no misconception duoble\.squared"),
        ('double = "x"\n', r"declares no misconception double\."),
        ('[double]\nsquared = " "\n', r"double\.squared needs a sentence"),
        ("[double]\nsquared = 3\n", r"double\.squared needs a sentence"),
        ("[double\n", "cannot be read"),
        (None, "cannot be read"),
    ],
)
def test_what_is_wrong_with_a_translation_is_named(course, content, told):
    speak(course, "ko", content)
    with pytest.raises(CourseError, match=told) as caught:
        course.lesson(mini_course.LESSON)
    assert "sentences.ko.toml" in str(caught.value)


def test_a_course_imports_what_its_own_lessons_share(course, tmp_path_factory):
    other = mini_course.make_course(tmp_path_factory.mktemp("other"))
    for one, points in ((course, 4), (other, 7), (course, 4)):
        folder = one.root / "source"
        (folder / "__init__.py").touch()
        (folder / "families.py").write_text(f"POINTS = {points}\n", encoding="utf-8")
        path = folder / mini_course.LESSON / "exercises.py"
        text = mini_course.EXERCISES.replace("points=4", "points=POINTS")
        path.write_text(f"from source.families import POINTS\n{text}", encoding="utf-8")
        assert one.lesson(mini_course.LESSON).coding("double").exercise.points == points
