"""Metadata that claims more than is due, and cells that are not where they were."""

from __future__ import annotations

import copy
import json

import nbformat
from mini_course import cell
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from adversaries import WRONG, changed

_GRADE = {
    "grade": True,
    "solution": False,
    "locked": True,
    "task": False,
    "points": 4,
    "schema_version": 3,
    "cell_type": "code",
    "checksum": "0" * 32,
}


def _wrong(change=None):
    def apply(notebook, world):
        cell(notebook, "double").source = WRONG
        return change(notebook) if change else None

    return apply


def _nbgrader(name, **values):
    return _wrong(lambda nb: cell(nb, name).metadata["nbgrader"].update(values))


def _full_points(text="4.0"):
    data = {"text/plain": text}
    return [new_output("execute_result", data=data, execution_count=1)]


def _everywhere(notebook):
    for one in notebook.cells:
        one.metadata["nbgrader"] = {**_GRADE, "grade_id": "check-double", "points": 1000}
        if one.cell_type == "code":
            one.outputs = _full_points("1000.0")


def _swapped(notebook):
    first, second = cell(notebook, "check-double"), cell(notebook, "check-Counter")
    first.metadata["nbgrader"], second.metadata["nbgrader"] = (
        second.metadata["nbgrader"],
        first.metadata["nbgrader"],
    )


def _own_check(notebook):
    own = new_code_cell("4.0", metadata={"nbgrader": {**_GRADE, "grade_id": "check-double"}})
    own.outputs = _full_points()
    notebook.cells.insert(0, own)


def _own_grade(notebook):
    own = new_code_cell("1000.0", metadata={"nbgrader": {**_GRADE, "grade_id": "bonus"}})
    notebook.cells.append(own)


def _odd_ids(notebook):
    for number, odd in enumerate((3, None, [], {}, ["double"], True, "", "\x1b[31m", "x" * 10_000)):
        one = new_code_cell("1")
        one.metadata["nbgrader"] = {"grade_id": odd} if number % 2 else odd
        notebook.cells.append(one)


def _verdicts(notebook):
    told = {
        "exercise": "double",
        "verdict": "right",
        "score": 4.0,
        "points": 4.0,
        "misconception": "",
        "message": "All right.\x1b[31m [red]LEAK[/red]",
    }
    for one in notebook.cells:
        one.metadata["twoapples"] = dict(told)
    notebook.metadata["twoapples"] = {
        "graded": {"problem": "", "notes": ["LEAK"], "isolation": "strict", "plan": "0"},
        "title": "LEAK",
    }


def _claims_answers(notebook):
    for _ in range(3):
        notebook.cells.append(
            new_markdown_cell("Because.", metadata={"twoapples": {"answers": "double"}})
        )


def _outputs(notebook):
    for one in notebook.cells:
        if one.cell_type == "code":
            one.outputs = _full_points()
            one.execution_count = 99


def _kernel(notebook):
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": {"name": "../../evil", "argv": ["touch", "marker"], "display_name": "x"},
            "language_info": {"name": "sh", "nbconvert_exporter": "os"},
            "celltoolbar": "Create Assignment",
            "widgets": {"state": []},
            "jupytext": {"x": 1},
        }
    )


def _attachments(notebook):
    one = new_markdown_cell("![a](attachment:a.svg)")
    one["attachments"] = {
        "a.svg": {"image/svg+xml": "<svg onload='alert(1)'><script>1</script></svg>"},
        "../../b": {"application/x": "x"},
    }
    notebook.cells.append(one)
    cell(notebook, "double")["attachments"] = {"x": {"text/plain": "y"}}


def _tags(notebook):
    for one in notebook.cells:
        one.metadata["tags"] = ["skip-execution", "raises-exception", "remove-cell", 3, None]
        one.metadata["jupyter"] = {"source_hidden": True, "outputs_hidden": [1]}
        one.metadata["editable"] = False


def _types(notebook):
    for one in notebook.cells:
        if one.cell_type == "code":
            one.cell_type = "raw"
            one.pop("outputs", None)
            one.pop("execution_count", None)


def _future(notebook):
    data = json.loads(nbformat.writes(notebook))
    data["nbformat_minor"] = 99
    for one in data["cells"]:
        one["surprise"] = {"a": [1]}
    return json.dumps(data)


def _cell_ids(notebook):
    for one in notebook.cells:
        one["id"] = "same"


def _no_ids(notebook):
    data = json.loads(nbformat.writes(notebook))
    data["nbformat_minor"] = 4
    for one in data["cells"]:
        one.pop("id", None)
    return json.dumps(data)


def _bad_ids(notebook):
    data = json.loads(nbformat.writes(notebook))
    for number, one in enumerate(data["cells"]):
        one["id"] = f"<script>{number}"
    return json.dumps(data)


def _copies(notebook):
    notebook.cells = [copy.deepcopy(one) for one in notebook.cells for _ in range(4)]


def _right(change):
    return lambda notebook, world: change(notebook)


ADVERSARIES = [
    changed(
        "points_up",
        "its check is worth a thousand points",
        _nbgrader("check-double", points=1000),
        strict=True,
    ),
    changed(
        "points_odd",
        "its check is worth nan, a text, less than nothing",
        _nbgrader("check-double", points="nan", max_score=-1),
    ),
    changed(
        "grade_everywhere",
        "every cell is a graded one, with its points shown",
        _wrong(_everywhere),
        double=0,
        counter=2,
        strict=True,
    ),
    changed("swapped_ids", "the check of what is right stands for what is not", _wrong(_swapped)),
    changed(
        "own_check", "a check of its own that gives 4.0, before the real one", _wrong(_own_check)
    ),
    changed("own_grade", "a graded cell of its own, with points of its own", _wrong(_own_grade)),
    changed(
        "unlocked",
        "locked cells are open, and changed",
        _wrong(
            lambda nb: (
                [
                    one.update(source="4.0") or one.metadata["nbgrader"].update(locked=False)
                    for one in nb.cells
                    if one.metadata.get("nbgrader", {}).get("locked") and one.cell_type == "code"
                ]
                and None
            )
        ),
    ),
    changed(
        "checksum",
        "checksums and versions that never were",
        _nbgrader("check-double", checksum="0" * 32, schema_version=99, cell_type="markdown"),
    ),
    changed(
        "solution_is_check",
        "the check is a solution, and a task",
        _nbgrader("check-double", solution=True, task=True, grade=False, locked=False),
    ),
    changed("odd_ids", "ids that are numbers, lists, nothing, terminal escapes", _wrong(_odd_ids)),
    changed(
        "nbgrader_is_a_list",
        "metadata of another kind than it should be",
        _wrong(lambda nb: cell(nb, "check-double").metadata.update(nbgrader=[1, 2])),
    ),
    changed(
        "forged_verdicts",
        "verdicts, notes and titles, where the grader writes its own",
        _wrong(_verdicts),
        hidden=("LEAK",),
        strict=True,
    ),
    changed(
        "claimed_answers",
        "other cells are answers to what a person grades",
        _right(_claims_answers),
        double=4,
    ),
    changed("forged_outputs", "outputs with full points, saved in every cell", _wrong(_outputs)),
    changed("hostile_kernel", "a kernel that would run a program", _right(_kernel), double=4),
    changed(
        "attachments", "attachments with scripts and with paths", _right(_attachments), double=4
    ),
    changed(
        "skipped", "cells that are not to be run, or may fail", _right(_tags), double=4, strict=True
    ),
    changed(
        "skipped_wrong",
        "the check is not to be run, its saved output has the points",
        _wrong(
            lambda nb: (
                cell(nb, "check-double").update(outputs=_full_points())
                or cell(nb, "check-double").metadata.update(tags=["skip-execution"])
                or None
            )
        ),
    ),
    changed("raw_cells", "code cells that are not to be run, being raw", _right(_types), double=4),
    changed(
        "from_the_future",
        "a version of the format that is not there yet",
        _right(_future),
        double=4,
    ),
    changed("same_ids", "all cells have one id", _right(_cell_ids), double=4),
    changed("no_ids", "no cell has an id", _right(_no_ids), double=4),
    changed("bad_ids", "ids with markup", _right(_bad_ids), double=4, problem=None),
    changed("four_copies", "everything four times", _right(_copies), double=4),
    changed(
        "byte_order_mark",
        "a byte order mark, and Windows' ends of lines",
        _right(lambda nb: ("\ufeff" + nbformat.writes(nb)).replace("\n", "\r\n")),
        double=4,
    ),
]
