"""Markup for feedback pages, escapes for the instructor's terminal, names that are code."""

from __future__ import annotations

import json
import os
import socket
import stat
from dataclasses import replace

from nbformat.v4 import new_code_cell

from adversaries import Adversary, changed, code, files, right, write

SCRIPT = "<script>LEAK()</script><img src=x onerror=LEAK()>"
ESCAPE = "\x1b[31m\x1b]0;LEAK\x07\x9b31m\r\x08\x00"


def _written(text):
    def change(notebook, world):
        for one in notebook.cells:
            if one.metadata.get("twoapples", {}).get("answers") == "why":
                one.source = text

    return change


def _file(name, content="open(__file__ + '-ran', 'w')"):
    def make(world, folder):
        text = f"open({str(world.marker(folder.parent.name))!r}, 'w')\n"
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    return make


def _files(*names):
    def make(world, folder):
        for name in names:
            _file(name)(world, folder)

    return make


def _renamed(name):
    def make(world, folder):
        os.rename(folder / "doubling.ipynb", os.path.join(folder, name))

    return make


def _replaced(make):
    """Put something else in the notebook's place."""

    def apply(world, folder):
        path = folder / "doubling.ipynb"
        path.unlink()
        make(world, path)

    return apply


def _device(world, path):
    try:
        os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(1, 5))
    except PermissionError:
        path.symlink_to("/dev/zero")


def _socket(world, path):
    here = os.getcwd()
    os.chdir(path.parent)  # a socket's path is short
    try:
        with socket.socket(socket.AF_UNIX) as one:
            one.bind(path.name)
    finally:
        os.chdir(here)


def _linked_folder(world, folder):
    write(folder.parents[1] / "honest-source" / folder.name, world.right)
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    folder.symlink_to(folder.parents[1] / "honest-source" / folder.name)


def _links(world, folder):
    root = world.course.root
    (folder / "canary.txt").symlink_to(world.outside / "canary.txt")
    (folder / "source").symlink_to(root / "source")
    (folder / "up").symlink_to("../..")
    (folder / "loop").symlink_to("loop")
    (folder / "proc").symlink_to("/proc/self/environ")
    (folder / "timestamp.txt").symlink_to(world.outside / "canary.txt")


def _hard_link(world, folder):
    os.link(world.course.root / "solutions" / "doubling.py", folder / "notes.py")
    os.link(world.course.root / "nbgrader_config.py", folder / "nbgrader_config.py")


def _pipes(world, folder):
    os.mkfifo(folder / "pipe.txt")
    os.mkfifo(folder / "timestamp.txt")
    _socket(world, folder / "socket")
    _device(world, folder / "zero.bin")


def _large(world, folder):
    with open(folder / "sparse.bin", "wb") as file:
        file.truncate(10**11)
    for number in range(1200):
        (folder / f"{number}.txt").touch()


_LOST = {"double": 0, "counter": 0}
_LONG = "가" * 83  # 249 bytes

PAGES: list[Adversary] = [
    right(
        "scripts_in_outputs",
        "scripts in every kind of output",
        f"""
        from IPython.display import *
        text = {SCRIPT!r}
        svg = "<svg xmlns='http://www.w3.org/2000/svg'>" + text + "</svg>"
        display(HTML(text), Markdown(text), SVG(svg), Latex(text), JSON({{"x": text}}))
        display(Javascript("LEAK()"))
        publish_display_data({{"application/javascript": "LEAK()", "application/vnd.x+json": {{}}}})
        print(text); raise Exception(text)
        """,
        hidden=("LEAK",),
    ),
    changed(
        "script_in_answer",
        "scripts in a written answer",
        _written(
            SCRIPT
            + "\n\n[a](javascript:LEAK()) ![b](http://127.0.0.1/LEAK.png)\n\n<iframe src=LEAK>\n\n"
            "<a href='java&#10;script:LEAK()'>x</a> $\\href{javascript:LEAK()}{x}$"
        ),
        double=4,
    ),
    changed(
        "formulas",
        "formulas that take long to read",
        _written(
            "$"
            + "\\frac{" * 3000
            + "$ $$"
            + "{" * 5000
            + "$$ $"
            + "\\sqrt[" * 2000
            + "$"
            + "*_" * 20_000
            + "[" * 20_000
            + "`" * 9999
            + ">" * 5000
        ),
        double=4,
    ),
    code(
        "script_in_message",
        "scripts in an exception, in names, in values",
        double=f"""
        def double(x):
            raise type({SCRIPT!r}, (ValueError,), {{}})({SCRIPT!r} + {ESCAPE!r})
        """,
    ),
    code("script_in_value", "scripts in a value", double=f"def double(x):\n    return {SCRIPT!r}"),
    code(
        "script_in_code",
        "scripts in code, and code that reads otherwise than it runs",
        double=f"""
        def double(x):
            '''{SCRIPT} </pre></code> \u202e\u2066 // '''
            # \u202d {SCRIPT}
            return x
        """,
    ),
    code(
        "escapes_in_message",
        "terminal escapes in an exception, in a name, in a value",
        f"print({ESCAPE!r})",
        double=f"""
        def double(x):
            raise type({ESCAPE!r}, (ValueError,), {{}})({ESCAPE!r})
        """,
    ),
    changed(
        "escapes_in_ids",
        "terminal escapes in ids of cells",
        lambda nb, world: nb.cells.append(
            new_code_cell("1", metadata={"nbgrader": {"grade_id": ESCAPE + "[red]"}})
        ),
        double=4,
    ),
    changed(
        "escapes_in_errors",
        "terminal escapes in why a notebook is invalid",
        lambda nb, world: json.dumps(
            {
                "nbformat": 4,
                "nbformat_minor": 5,
                "metadata": {},
                "cells": [{"cell_type": ESCAPE, ESCAPE: 1}],
            }
        ),
        **_LOST,
        problem="doubling.ipynb",
    ),
    changed(
        "markup_in_invalid",
        "rich's markup in why a notebook is invalid",
        lambda nb, world: json.dumps(
            {
                "nbformat": 4,
                "nbformat_minor": 5,
                "metadata": {},
                "cells": "[/red][link=http://x]" + SCRIPT,
            }
        ),
        **_LOST,
        problem="doubling.ipynb",
    ),
]

FOLDER: list[Adversary] = [
    files(
        "numpy_beside",
        "modules that Python would find beside the notebook",
        _files(
            "numpy.py",
            "twoapples.py",
            "IPython/__init__.py",
            "json.py",
            "ipykernel_launcher.py",
            "nbgrader.py",
            "grader/__init__.py",
            "matplotlib/__init__.py",
        ),
        strict=True,
    ),
    files(
        "customize_beside",
        "files that Python, IPython, Jupyter and nbgrader read when they start",
        _files(
            "sitecustomize.py",
            "usercustomize.py",
            "evil.pth",
            "ipython_config.py",
            "jupyter_config.py",
            "nbgrader_config.py",
            "nbconvert_config.py",
            "conftest.py",
            "startup/00.py",
            "profile_default/ipython_config.py",
            "pyvenv.cfg",
            ".env",
            "setup.py",
            "Makefile",
        ),
        strict=True,
    ),
    files(
        "solutions_beside",
        "references and traces of its own",
        _files("solutions/doubling.py", "solutions/__init__.py", "traces.json", "exercises.py"),
    ),
    files(
        "renamed_code",
        "a notebook whose name is a program",
        _renamed("$(touch marker);`touch marker`|touch marker&.ipynb"),
        notes=("was renamed to",),
    ),
    files(
        "renamed_escape",
        "a notebook whose name commands the terminal",
        _renamed("\x1b[31m\x1b]0;LEAK\x07[red]\n.ipynb"),
        notes=("was renamed to",),
    ),
    files(
        "renamed_script",
        "a notebook whose name is markup",
        _renamed("<img src=x onerror=LEAK()>.ipynb"),
        notes=("was renamed to",),
    ),
    files(
        "renamed_hangul",
        "a notebook with a Korean name",
        _renamed("두 배.ipynb"),
        notes=("두 배.ipynb",),
    ),
    files(
        "renamed_backwards",
        "a name that reads backwards",
        _renamed("\u202egnp.ipynb"),
        notes=("was renamed to",),
    ),
    files(
        "renamed_long", "a name of 255 bytes", _renamed(_LONG + ".ipynb"), notes=("was renamed to",)
    ),
    files(
        "renamed_not_unicode",
        "a name that is not Unicode",
        _renamed(b"\xff\xfe.ipynb".decode("utf-8", "surrogateescape")),
        notes=("was renamed to",),
    ),
    files(
        "files_with_names",
        "other files with such names",
        lambda world, folder: (
            [
                (folder / name).write_text("x")
                for name in (
                    _LONG + ".txt",
                    "\u202etxt.exe",
                    "-rf",
                    "~",
                    "a\nb",
                    "\x1b[31m.txt",
                    "$(touch marker)",
                    "%2e%2e",
                    "con.txt",
                )
            ]
            + [os.close(os.open(os.fsencode(folder) + b"/\xff\xfe", os.O_CREAT))]
        ),
    ),
    files(
        "deep_folders",
        "folders in folders in folders",
        lambda world, folder: (
            os.makedirs(folder.joinpath(*["d"] * 200)),
            (folder.joinpath(*["d"] * 200) / "x").touch(),
        ),
    ),
    files(
        "linked_notebook",
        "a notebook that is a link to somebody else's",
        _replaced(
            lambda world, path: path.symlink_to(
                world.course.root / "submitted" / "honest-right" / path.parent.name / path.name
            )
        ),
        **_LOST,
        problem="is a link",
        strict=True,
    ),
    files(
        "linked_canary",
        "a notebook that is a link to a file of the instructor's",
        _replaced(lambda world, path: path.symlink_to(world.outside / "canary.txt")),
        **_LOST,
        problem="is a link",
    ),
    files(
        "dangling",
        "a notebook that is a link to nothing",
        _replaced(lambda world, path: path.symlink_to("nowhere")),
        **_LOST,
        problem="there is no",
    ),
    files(
        "linked_folder",
        "a folder that is a link to somebody else's",
        _linked_folder,
        **_LOST,
        problem="is a link",
        strict=True,
    ),
    files(
        "pipe",
        "a notebook that is a pipe",
        _replaced(lambda world, path: os.mkfifo(path)),
        **_LOST,
        problem="doubling.ipynb",
    ),
    files(
        "device",
        "a notebook that is a device without an end",
        _replaced(_device),
        **_LOST,
        problem="doubling.ipynb",
    ),
    files(
        "socket",
        "a notebook that is a socket",
        _replaced(_socket),
        **_LOST,
        problem="doubling.ipynb",
    ),
    files(
        "links",
        "links to files and folders of the instructor's, and to itself",
        _links,
        strict=True,
        notes=("is no ordinary file", "timestamp.txt holds no time"),
    ),
    files("hard_links", "files of the instructor's under names of its own", _hard_link),
    files(
        "pipes",
        "pipes, sockets and devices beside the notebook",
        _pipes,
        notes=("is no ordinary file",),
    ),
    files(
        "large_files",
        "a file of a hundred gigabytes with nothing in it, and twelve hundred files",
        _large,
        notes=("was not copied",),
    ),
]

# Students whose names are hostile: an instructor's tools make folders of what a platform says.
NAMES: list[Adversary] = [
    replace(right(f"student_{number}", f"a student whose name is {what}"), student=student)
    for number, (student, what) in enumerate(
        [
            ("<script>LEAK()</script>".replace("/", "\u2215"), "markup"),
            ("[red]rich[bold]", "markup of the terminal's library"),
            ("\x1b[31m\x1b]0;LEAK\x07", "terminal escapes"),
            ("=HYPERLINK(1)", "a formula"),
            ("$(touch marker)", "a program"),
            ("'; DROP TABLE grade; --", "SQL"),
            ("-rf", "an option"),
            ("김하늘", "Korean"),
            ("\u202eeve", "written from right to left"),
            ("a" * 255, "255 bytes long"),
            ("{student}%s{0}", "a template"),
            ("a b\tc\nd", "more than a line"),
        ]
    )
]
