"""What nbgrader's configuration of a course says, read without importing nbgrader."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grader.course.course import Course
from grader.nbgrader_api.settings import configure

if TYPE_CHECKING:
    from traitlets.config import Config

# Classes that have a say when nbgrader autogrades. What is set for any other class (exchange,
# formgrader, feedback) changes nothing here.
_AUTOGRADE = (
    "Autograde",
    "BaseConverter",
    "CheckCellMetadata",
    "ClearOutput",
    "ClearOutputPreprocessor",
    "Configurable",
    "CourseDirectory",
    "DeduplicateIds",
    "Exporter",
    "FilesWriter",
    "GradeExercises",
    "IgnorePattern",
    "LimitOutput",
    "LoggingConfigurable",
    "NbConvertBase",
    "NbGraderPreprocessor",
    "NotebookExporter",
    "OverwriteCells",
    "OverwriteKernelspec",
    "Preprocessor",
    "RepairSubmission",
    "SaveAutoGrades",
    "WriterBase",
)
# Settings among these that the lean path follows, or that have no part in it.
_FOLLOWED = {
    "CourseDirectory": {
        "course_id",
        "db_url",
        "feedback_directory",
        "ignore",
        "include",
        "max_dir_size",
        "max_file_size",
        "release_directory",
        "root",
        "solution_directory",
        "source_directory",
        "source_with_tests_directory",
    },
}
_LATE = ("AssignLatePenalties", "BasePlugin", "LateSubmissionPlugin")
_IGNORED_BY_DEFAULT = [".ipynb_checkpoints", "*.pyc", "__pycache__", "feedback"]


@dataclass(frozen=True)
class Settings:
    """The settings that grading needs.

    Attributes
    ----------
    source_folder : str
        Folder with the instructor's notebooks, relative to the course.
    ignore : tuple of str
        Patterns of files that are not copied.
    unknown : str
        A setting that the lean path does not know, as it stands in the configuration: then
        nbgrader's own converter writes the grades. Empty if there is none.
    late_plugin : bool
        Whether anything is set about penalties for handing in late.
    """

    db_url: str
    course_id: str
    source_folder: str
    ignore: tuple[str, ...]
    unknown: str
    late_plugin: bool
    config: Config


def read_settings(course: Course) -> Settings:
    """Read the course's `nbgrader_config.py`.

    Raises
    ------
    CourseError
        If the file does not run.
    """
    from grader.nbgrader_api.converters import load_config

    config = load_config(course.root)
    directory = config.get("CourseDirectory", {})
    unknown = _unknown(config)
    return Settings(
        db_url=str(directory.get("db_url", "") or course.database),
        course_id=str(directory.get("course_id", "")).strip(),
        source_folder=str(directory.get("source_directory", "source")),
        ignore=() if unknown else tuple(directory.get("ignore", _IGNORED_BY_DEFAULT)),
        unknown=unknown,
        late_plugin=any(name in config for name in _LATE),
        config=config,
    )


def _unknown(config: Config) -> str:
    from traitlets.config import Config

    ours = Config()
    configure(ours)
    for section in _AUTOGRADE:
        given, known = config.get(section, {}), ours.get(section, {})
        for key in sorted({*given, *known} - _FOLLOWED.get(section, set())):
            if _plain(given.get(key)) != _plain(known.get(key)):
                return f"c.{section}.{key}"
    if not isinstance(config.get("CourseDirectory", {}).get("ignore", []), list):
        return "c.CourseDirectory.ignore"  # changed in place, before nbgrader has made the list
    return ""


def _plain(value: Any) -> Any:
    """Return a setting for comparing: a list of steps by their names, as classes or as text."""
    if isinstance(value, list):
        return [step if isinstance(step, str) else _path(step) for step in value]
    return value


def _path(step: Any) -> str:
    module, name = getattr(step, "__module__", ""), getattr(step, "__name__", repr(step))
    public = "nbgrader.preprocessors"
    return f"{public if module.startswith(public) else module}.{name}"
