"""What an exercise forbids: read from the code, refused while it runs, named in the message."""

import subprocess
import sys
from textwrap import dedent

import pytest

from twoapples.checking.forbids import find as forbidden
from twoapples.checking.forbids.find import find_use
from twoapples.checking.forbids.guard import ForbiddenImportError, forbidding

FORBIDS = ("torch", "scipy.special", "solutions.graphs.MulNode")
OWN = "def softmax(s):\n    return s"


def use(*cells, exercise="softmax", forbids=FORBIDS):
    return find_use(exercise, [dedent(cell).strip() for cell in cells], forbids)


@pytest.mark.parametrize(
    "cells",
    [
        ["from scipy.special import softmax"],
        ["import scipy.special as sp\nsoftmax = sp.softmax"],
        ["import scipy.special\ndef softmax(s):\n    return scipy.special.softmax(s)"],
        ["import scipy\nimport scipy.special\ndef softmax(s):\n    return s"],
        ["def softmax(s):\n    from scipy.special import softmax as best\n    return best(s)"],
        ["def softmax(s):\n    import scipy as c\n    return c.special.softmax(s)"],
        ["def softmax(s):\n    from scipy import special\n    return special.softmax(s)"],
        ["def softmax(s):\n    return __import__('scipy.special').special.softmax(s)"],
        [
            "import importlib",
            "def softmax(s):\n    return importlib.import_module('scipy.special')",
        ],
        ["def softmax(s):\n    return import_module('.special', 'scipy').softmax(s)"],
        ["import sys", "def softmax(s):\n    return sys.modules['scipy.special'].softmax(s)"],
        ["import scipy", "def softmax(s):\n    return getattr(scipy, 'special').softmax(s)"],
        ["import scipy", "part = scipy.special", "def softmax(s):\n    return part.softmax(s)"],
        ["import scipy", "a, part = 1, scipy.special", "softmax = lambda s: part.softmax(s)"],
        ["from scipy.special import *", "def softmax(s):\n    return logsumexp(s)"],
        ["import scipy.special as sp", "def f(s):\n    return sp.softmax(s)", "softmax = f"],
        [
            "import scipy.special as sp",
            "def f(s):\n    return sp.softmax(s)",
            "def softmax(s):\n    return [f(x) for x in s]",
        ],
        ["def softmax(s):\n    return f(s)", "from scipy.special import softmax as f"],
        ["try:\n    from scipy.special import softmax\nexcept ImportError:\n    softmax = None"],
        ["import torch", "class softmax(torch.nn.Module):\n    pass"],
        ["import torch", "@torch.compile\ndef softmax(s):\n    return s"],
        ["import torch", "def softmax(s, f=torch.softmax):\n    return f(s)"],
        [
            "import torch",
            "class N:\n    def forward(self, s):\n        return torch.softmax(s, 0)",
            "softmax = N().forward",
        ],
        ["class softmax:\n    pass", "import torch", "softmax.forward = torch.softmax"],
        ["import torch", "table = torch.arange(3)", "def softmax(s):\n    return table"],
        ["from solutions.graphs import MulNode", "def softmax(s):\n    return MulNode()"],
        ["%matplotlib inline\n!ls\nimport torch\ndef softmax(s):\n    return torch.exp(s)"],
        ["%%time\nimport torch\ndef softmax(s):\n    return torch.exp(s)"],
        ["files = !ls\ndef softmax(s):\n    import torch\n    return torch.exp(s)"],
        ["import torch\nawait f()\ndef softmax(s):\n    return s"],
        ["\n\nwith open('x') as f:\n    import torch", "def softmax(s):\n    return torch.exp(s)"],
        ["import torch", "x = (t := torch)", "def softmax(s):\n    return x.exp(s)"],
        [
            "import torch\n",
            "def f():\n    t = torch\n    def softmax(s):\n        return t.exp(s)",
            "softmax = f",
        ],
    ],
)
def test_found(cells):
    wanted = next(name for name in ("torch", "MulNode", "special") if name in "\n".join(cells))
    assert use(*cells).endswith(wanted)


@pytest.mark.parametrize(
    "cells",
    [
        [OWN],
        ["import scipy.special", OWN],
        ["import torch", OWN, "print(softmax(1) == torch.softmax(1))"],
        ["import scipy", "def softmax(s):\n    return scipy.linalg.norm(s)"],
        ["import scipy.special", "def softmax(s):\n    return scipy.stats"],
        ["def softmax(s):\n    # no torch, no scipy.special here\n    return 'import torch'"],
        ["import torch", "def softmax(torch):\n    return torch.exp()"],
        ["import torch", "def softmax(s):\n    torch = s\n    return torch.exp()"],
        ["import torch", "def softmax(s):\n    return [torch for torch in s]"],
        ["from torch import exp", "from numpy import exp", "def softmax(s):\n    return exp(s)"],
        ["def softmax(s):\n    return torch.exp(s)", "import torch", OWN],
        ["from solutions.graphs import AddNode", "def softmax(s):\n    return AddNode()"],
        ["import torchlight", "def softmax(s):\n    return torchlight.on()"],
        ["from .torch import x", "def softmax(s):\n    return x"],
        ["class softmax:\n    def torch(self):\n        return self.torch"],
    ],
)
def test_not_found(cells):
    assert use(*cells) == ""


def test_an_import_in_the_cell_of_the_exercise_is_enough():
    assert use("import torch\n" + OWN) == "torch"
    assert use("x = __import__('torch.nn')\n" + OWN) == "torch"
    assert find_use("softmax", ["import torch", OWN], FORBIDS, own=0) == "torch"


def test_code_that_cannot_be_read_is_nobodys_fault():
    assert use("import torch\ndef softmax(s:\n") == ""
    assert use("import torch\x00", OWN) == ""
    assert use("?torch", "torch?", "%%html\n<b>torch</b>", OWN) == ""


def deep(opening, closing="", middle="torch", count=30_000):
    return opening * count + middle + closing * count


HARD = {
    "brackets": deep("(", ")"),
    "lists": deep("[", "]"),
    "signs": deep("-"),
    "not": deep("not "),
    "attributes": "torch" + ".a" * 49_000,
    "calls": "torch" + "()" * 49_000,
    "sums": "torch" + "+1" * 49_000,
    "powers": "torch" + "**1" * 30_000,
    "lambdas": deep("lambda: ", count=12_000),
    "conditions": "1 if torch else " * 6_000 + "1",
    "texts": "f'{" * 20_000 + "torch",
    "unary in brackets": deep("-(", ")", count=20_000),
    "await": deep("await "),
    "getattr": deep("getattr(", ",'a')", count=9_000),
    "unclosed": deep("{", count=99_000),
    "unclosed calls": deep("f(", count=40_000),
    "elif": "if torch: pass\n" + "elif x: pass\n" * 7_000,
    "indented": "".join(" " * i + "if torch:\n" for i in range(99)) + " " * 99 + "pass",
    "aliases": "import torch\na = torch\n" + "if x: a = a.b\n" * 6_000 + "softmax = a",
    "definitions": "import torch\n" + "".join(f"if x: f = lambda: b{i}\n" for i in range(4_000)),
    "spaces": "torch = " + " " * 90_000 + "?",
    "names": "torch;" + "".join(f"a{i}=" for i in range(15_000)) + "1",
}


@pytest.mark.parametrize("name", HARD)
def test_hard_to_read(name, tmp_path):
    """In a process of its own: Python's parser has ended whole processes."""
    (tmp_path / "hard.py").write_text(HARD[name], encoding="utf-8")
    (tmp_path / "read.py").write_text(
        dedent("""
        import resource, sys
        from pathlib import Path
        from twoapples.checking.forbids.find import find_use
        resource.setrlimit(resource.RLIMIT_AS, (2**31, 2**31))
        resource.setrlimit(resource.RLIMIT_CPU, (5, 5))
        cells = [Path("hard.py").read_text(), "import torch\\nsoftmax = torch.exp"]
        assert find_use("softmax", cells, ["torch"]) in ("torch", "")
        # Another cell does not keep it from being seen in this one.
        assert find_use("softmax", cells[1:], ["torch"]) == "torch"
        """),
        encoding="utf-8",
    )
    command = [sys.executable, "read.py"]
    assert subprocess.run(command, cwd=tmp_path, timeout=60).returncode == 0


def test_no_more_than_a_bounded_amount_is_read(monkeypatch):
    cells = ["import torch\nsoftmax = torch.exp\n"]
    monkeypatch.setattr(forbidden, "MAX_CHARACTERS", len(cells[0]))
    assert use(*cells) == "torch"
    assert use(*cells, "x") == ""


def test_the_sentence_names_both():
    text = forbidden.sentence("softmax", "scipy.special")
    assert text.startswith("`softmax` may not use `scipy.special`: write it with NumPy")


@pytest.fixture
def library(tmp_path, monkeypatch):
    """A library of three modules, in which `forbidden_library.special` is forbidden."""
    package = tmp_path / "forbidden_library"
    package.mkdir()
    (package / "__init__.py").write_text(
        "def __getattr__(name):\n    import importlib\n"
        "    if name != 'special':\n        raise AttributeError(name)\n"
        "    return importlib.import_module('forbidden_library.special')\n",
        encoding="utf-8",
    )
    (package / "special.py").write_text(
        "def softmax(s):\n    return s\nclass Layer:\n    pass\n", encoding="utf-8"
    )
    (package / "linear.py").write_text("def norm(s):\n    return s\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    yield "forbidden_library.special"
    for name in [name for name in sys.modules if name.startswith("forbidden_library")]:
        del sys.modules[name]


LOADED = [
    "",
    "import forbidden_library.special",
    "import forbidden_library.special, forbidden_library.linear",
]
WAYS = [
    "import forbidden_library.special",
    "from forbidden_library import special",
    "from forbidden_library.special import softmax",
    "import forbidden_library; forbidden_library.special.softmax(1)",
    "import importlib; importlib.import_module('forbidden_library.' + 'special')",
    "import pydoc; assert pydoc.locate('forbidden_library.special.softmax') is None",
]


@pytest.mark.parametrize("loaded", LOADED)
@pytest.mark.parametrize("way", WAYS)
def test_refused_while_it_runs(library, way, loaded):
    exec(loaded, {})
    before = dict(sys.modules)
    finders = list(sys.meta_path)
    with forbidding("softmax", [library]) as met:
        try:
            exec(way, {})
        except Exception as error:
            assert "`softmax` may not use `forbidden_library.special`" in str(error)
        exec("import forbidden_library.linear as l; l.norm(1)", {})
    assert set(met) == {library}
    assert sys.meta_path == finders
    assert {name: sys.modules.get(name) for name in before} == before
    exec("from forbidden_library import special; special.softmax(1)", {})


@pytest.mark.parametrize("loaded", LOADED[1:])
def test_names_of_the_notebook_refuse(library, loaded):
    names = {}
    exec(
        f"{loaded}\nfrom forbidden_library import special\n"
        "from forbidden_library.special import softmax, Layer\n"
        "def use_module(s):\n    return special.softmax(s)\n"
        "def use_function(s):\n    return softmax(s)\n"
        "def use_class(s):\n    return Layer()\n"
        "def use_nothing(s):\n    return s\n",
        names,
    )
    before = dict(names)
    for user in ("use_module", "use_function", "use_class"):
        with forbidding("f", [library], names) as met, pytest.raises(ForbiddenImportError):
            names[user](1)
        assert met == [library]
        assert names == before
    with forbidding("f", [library], names) as met:
        assert names["use_nothing"](1) == 1
    assert met == []
    with forbidding("f", [f"{library}.softmax"], names) as met:
        names["use_class"](1)
        with pytest.raises(ForbiddenImportError):
            names["use_function"](1)
    assert met == [f"{library}.softmax"]


def test_nothing_forbidden_nothing_changed():
    finders = list(sys.meta_path)
    with forbidding("f", []):
        assert sys.meta_path == finders
