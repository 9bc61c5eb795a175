"""Coverage-guided fuzzing of everything that reads bytes of a submission, by hand.

    pip install atheris
    python tests/fuzz_atheris.py notebook -max_total_time=180

The first argument names what is fuzzed, see `TARGETS`; the rest goes to libFuzzer. An exception
that is not the documented one ends it and leaves the input in a file `crash-…`. What was found so
has a test of its own in `tests/test_fuzz_*.py`.
"""

import contextlib
import io
import json
import sys
import tempfile
import zipfile
from pathlib import Path

import atheris

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

with atheris.instrument_imports(
    include=["grader", "twoapples", "zipfile", "json", "nbformat", "fastjsonschema", "dateutil"]
):
    import fuzzing

    from grader.errors import GraderError
    from grader.execution.outputs import Collector
    from grader.gradebook.late import parse_stamp
    from grader.inside import wire
    from grader.judging.repair import repair
    from grader.judging.task import Task, perform
    from grader.judging.verdicts import judge
    from grader.lms.sources import RefusedError, open_source
    from grader.notebook.cells import to_text
    from grader.notebook.reading import UnreadableError, decode_notebook
    from twoapples.checking.forbids.find import find_use, words_for
    from twoapples.checking.values import ValueFormatError, decode

from nbformat.v4 import new_code_cell  # noqa: E402


def notebook(data):
    """From the file's bytes to the graded notebook's."""
    try:
        read = decode_notebook(data, "x.ipynb")
    except UnreadableError:
        pass
    else:
        repair(read, fuzzing.plan().record)
    executor = fuzzing.Canned(fuzzing.answers(fuzzing.WRONG))
    perform(fuzzing.order(), Task("x.ipynb", data, "", [], "d").to_bytes(), executor)


def answers(data):
    """Encoded values, and replies with them."""
    try:
        given = json.loads(data)
    except (ValueError, RecursionError):
        return
    with contextlib.suppress(ValueFormatError):
        decode(given)
    reply = given if isinstance(given, dict) else {"answers": given}
    for exercise in fuzzing.plan().exercises:
        judge(exercise, reply)


def frames(data):
    """What comes over the socket, up to a cell's outputs."""
    cell = new_code_cell("x")
    collector = Collector(fuzzing.LIMITS)
    collector.begin(cell)
    try:
        for frame in fuzzing.received(data, [], wire.FrameReader(10_000, 20_000, 50)):
            collector.take(frame)
    except wire.GarbageError:
        pass
    collector.end()


def archive(data):
    """An export as a zip file."""
    with tempfile.NamedTemporaryFile(suffix=".zip") as file:
        file.write(data)
        file.flush()
        try:
            with open_source(Path(file.name)) as source:
                for entry in source.entries:
                    with contextlib.suppress(RefusedError):
                        entry.read()
        except GraderError:
            pass


def code(data):
    """A cell's text, as it is read for what is forbidden."""
    text = data.decode("utf-8", "replace")
    find_use("double", [text], fuzzing.FORBIDS)
    words_for([text], fuzzing.FORBIDS)


def stamp(data):
    """What `timestamp.txt` holds."""
    with contextlib.suppress(ValueError):
        parse_stamp(data)


def _zip():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("ada_5_6_x.ipynb", "{}")
    return out.getvalue()


# What is fuzzed, and an honest input to begin with.
TARGETS = {
    "notebook": (notebook, lambda: to_text(fuzzing.submitted()).encode()),
    "answers": (answers, lambda: json.dumps(fuzzing.answers()["double"]).encode()),
    "frames": (frames, lambda: b"".join(map(wire.pack, fuzzing.HONEST[:6]))),
    "archive": (archive, _zip),
    "code": (code, fuzzing.CODE.encode),
    "stamp": (stamp, lambda: b"2026-11-22 18:00:00.5 UTC\n"),
}


def main():
    """Fuzz one target until libFuzzer's limits."""
    name = sys.argv.pop(1) if len(sys.argv) > 1 else ""
    if name not in TARGETS:
        raise SystemExit(f"usage: fuzz_atheris.py {{{','.join(TARGETS)}}} [libFuzzer's options]")
    target, honest = TARGETS[name]
    with tempfile.TemporaryDirectory() as corpus:
        (Path(corpus) / "honest").write_bytes(honest())
        target(honest())
        atheris.Setup([*sys.argv, corpus], target)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
