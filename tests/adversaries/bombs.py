"""Bombs: of time, memory, processes, output, disk, nesting; notebooks that are too much to read."""

from __future__ import annotations

import json

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell

from adversaries import Adversary, changed, code, right

_ENDED = {"score": (0, 0), "problem": "its process ended too early"}
_LOST = {"double": 0, "counter": 0}


def _text(change):
    """Make a change of a notebook's JSON text."""

    def apply(notebook, world):
        return change(nbformat.writes(notebook))

    return apply


def _many_cells(count):
    def change(notebook, world):
        data = json.loads(nbformat.writes(notebook))
        empty = {"cell_type": "markdown", "metadata": {}, "source": "", "id": "a"}
        data["cells"] += [empty] * count
        return json.dumps(data)

    return change


def _unknown_ids(notebook, world):
    for number in range(500):
        extra = new_code_cell("")
        extra.metadata["nbgrader"] = {"grade_id": f"unknown-{number}\x1b[31m"}
        notebook.cells.append(extra)
    for _ in range(200):
        notebook.cells.append(nbformat.from_dict(mini(notebook)))


def mini(notebook):
    """Return a copy of the check of `double`."""
    return next(
        c
        for c in notebook.cells
        if c.metadata.get("nbgrader", {}).get("grade_id") == "check-double"
    )


def _deep(key, depth):
    def change(notebook, world):
        text = nbformat.writes(notebook)
        nested = "[" * depth + "]" * depth
        return text.replace('"cell_type": "code"', f'"cell_type": "code", "{key}": {nested}', 1)

    return change


ADVERSARIES: list[Adversary] = [
    code(
        "busy_cell",
        "a loop that no interrupt ends",
        """
        import signal
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        while True: pass
        """,
        double=None,
        strict=True,
        **_ENDED,
    ),
    code(
        "busy_children",
        "children that are busy too",
        """
        import os, signal
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        for _ in range(3): os.fork()
        while True: pass
        """,
        double=None,
        **_ENDED,
    ),
    right(
        "memory",
        "ever more memory",
        "hoard = []\nwhile True: hoard.append(bytearray(50_000_000))",
        "del hoard",
        "import numpy as np\nnp.ones((10**6, 10**6))",
        "x = [0] * 10**12",
        "x = 'x' * 10**15",
    ),
    code(
        "memory_of_many",
        "memory in many processes",
        """
        import os, time
        children = [os.fork() for _ in range(3)]
        hoard = bytearray(b"x" * 400_000_000)
        time.sleep(60)
        """,
        double=None,
        score=(0, 0),
        problem=None,
    ),
    code(
        "fork_bomb",
        "processes without end",
        """
        import os, time
        try:
            while True: os.fork()
        except OSError:
            time.sleep(0.3)
        """,
        double=None,
        score=(4, 2),
        problem=None,
        strict=True,
    ),
    right(
        "thread_bomb",
        "threads without end",
        """
        import threading, time
        while True: threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()
        """,
    ),
    right(
        "output",
        "output by print, by the descriptor, by a program, by display",
        "print('x' * 10_000_000)",
        "import os\nfor _ in range(200): os.write(1, b'x' * 100_000)",
        "!yes | head -c 5000000",
        "from IPython.display import HTML, display",
        "for _ in range(50): display(HTML('x' * 200_000))",
        "for i in range(4_000): print(i, 'x' * 20, flush=True)",
    ),
    right(
        "open_output",
        "a picture of a hundred million dots",
        """
        import matplotlib.pyplot as plt
        for _ in range(30): plt.figure(figsize=(400, 400)); plt.plot([1, 2])
        plt.show()
        """,
    ),
    right(
        "disk",
        "files without end: large, many, deep, sparse",
        """
        import os
        acts = (
            lambda i: open(f"large{i}", "wb").write(bytes(4_000_000)),
            lambda i: open(f"small{i}", "w").close(),
            lambda i: (os.mkdir("d"), os.chdir("d")),
            lambda i: os.truncate(os.open(f"sparse{i}", os.O_CREAT | os.O_RDWR), 10**12),
        )
        for act in acts:
            try:
                for i in range(3_000): act(i)
            except OSError as error: print(error)
        """,
        strict=True,
    ),
    code(
        "sleeps",
        "waits for ever where it is asked",
        double="import time\ndef double(x):\n    time.sleep(1000)",
    ),
    code(
        "uninterruptible",
        "a computation in C that hears no interrupt",
        double="import itertools\ndef double(x):\n    return max(itertools.repeat(x))",
        **_ENDED,
    ),
    code(
        "huge_integer",
        "integers with a hundred thousand digits",
        double="def double(x):\n    return 10 ** 100_000",
        counter="""
        class Counter:
            def __init__(self, start): pass
            def step(self): return 2**70
            def reset(self): pass
        """,
        score=(0, 0),
    ),
    code(
        "deep_recursion",
        "recursion without end, caught and tried again",
        double="""
        def double(x):
            try: return double(x)
            except RecursionError: raise ValueError("deep")
        """,
    ),
    code(
        "deep_list",
        "a list in a list in a list",
        double="""
        def double(x):
            inner = []
            for _ in range(100_000): inner = [inner]
            return inner
        """,
    ),
    code(
        "circle",
        "a list that contains itself",
        double="""
        def double(x):
            circle = []
            circle.append(circle)
            return circle
        """,
    ),
    right(
        "gigantic_repr",
        "objects whose text is gigantic, endless, or fails",
        """
        class Big:
            def __repr__(self): return "x" * 100_000_000
        Big()
        """,
        """
        class Endless:
            def __repr__(self): return repr(Endless())
        Endless()
        """,
        "[[[0] * 100] * 1000]",
        "'x' * 10**7",
        "list(range(10**6))",
    ),
    right(
        "long_traceback",
        "a traceback of hundreds of frames with long lines",
        """
        def f(n): return f(n - 1) if n else 1 / 0  # """
        + "x" * 2000,
        "f(300)",
        "raise ExceptionGroup('g', [ValueError(i) for i in range(1000)])",
        "raise ValueError('x' * 3_000_000)",
    ),
    code(
        "large_answers",
        "answers that together are too much",
        double="""
        import numpy as np
        def double(x):
            return [np.ones(1000) / 3] * 190
        """,
        notes=("printed more than is kept",),
        problem="",
    ),
    code(
        "syntax",
        "code that no parser likes",
        "(" * 5000,
        "x = " + "-" * 50_000 + "1",
        "x" + ".a" * 20_000,
        "\x00\x01",
        "\ufeff\u202e",
        "if 1:\n" + "".join(" " * i + "if 1:\n" for i in range(1, 150)),
        "lambda: " * 3000 + "1",
        "f'" + '{f"' * 50,
        "x = 1\n" * 20_000,
        score=(0, 2),
    ),
    changed("many_cells", "two thousand cells, all with one id", _many_cells(2_000), double=4),
    changed(
        "too_many_cells",
        "a hundred thousand cells",
        _many_cells(100_000),
        **_LOST,
        problem="100013 cells",
    ),
    changed(
        "many_notes", "seven hundred cells, each of which is worth a note", _unknown_ids, double=4
    ),
    changed(
        "deep_notebook",
        "a notebook nested a hundred thousand deep",
        _text(lambda text: text.replace('"cells": [', '"cells": [' + "[" * 100_000, 1)),
        **_LOST,
        problem="doubling.ipynb",
    ),
    changed(
        "deep_property",
        "a cell with a property of its own, nested as deep as can be read",
        _deep("mine", 900),
        **_LOST,
        problem="nested too deeply",
    ),
    changed(
        "less_deep_property",
        "a cell with a property of its own, nested less deep",
        _deep("extra", 300),
        double=4,
    ),
    changed(
        "huge_numbers",
        "numbers with ten thousand digits for the version of the format",
        _text(lambda text: text.replace('"nbformat": 4', '"nbformat": ' + "4" * 10_000)),
        **_LOST,
        problem="doubling.ipynb",
    ),
    changed(
        "many_lists",
        "four million empty lists",
        _text(
            lambda text: text.replace(
                '"cells": [', '"mine": [' + "[]," * 4_000_000 + '0], "cells": [', 1
            )
        ),
        **_LOST,
        problem="doubling.ipynb",
    ),
    right(
        "nested_json",
        "lists in lists, each of which is short here and long where it is indented",
        """
        nested = 1
        for _ in range(300):
            nested = [nested]
        display({"application/json": [nested] * 400}, raw=True)
        """,
        notes=("printed more than is kept",),
        strict=True,
    ),
    right(
        "empty_lines",
        "half a million empty lines, each an item of a list in the notebook",
        *["display({'text/plain': '\\n' * 480_000}, raw=True)"] * 3,
        notes=("printed more than is kept",),
    ),
    changed(
        "million_lines",
        "a text of two million empty lines",
        lambda notebook, world: notebook.cells.append(new_markdown_cell("\n" * 2_000_000)),
        **_LOST,
        problem="lines",
    ),
    changed(
        "zeros",
        "fifty million spaces",
        _text(lambda text: text + " " * 53_000_000),
        **_LOST,
        problem="too large",
    ),
]
