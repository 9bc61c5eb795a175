"""Objects that lie, patched libraries, and answers that are worth less than they look."""

from __future__ import annotations

from adversaries import code, right

ADVERSARIES = [
    code(
        "patched_allclose",
        "NumPy's comparisons say yes to everything",
        """
        import numpy as np
        for name in ("allclose", "array_equal", "isclose", "all", "equal"):
            setattr(np, name, lambda *_, **__: True)
        for name in dir(np.testing):
            if name.startswith("assert"):
                setattr(np.testing, name, lambda *_, **__: None)
        """,
        strict=True,
    ),
    code(
        "patched_array",
        "np.array and np.asarray give what somebody hopes for",
        """
        import numpy as np
        real = np.array
        np.array = np.asarray = lambda x, *_, **__: real(x) * 2 + 1e-5
        """,
        score=(0, 2),
    ),
    code(
        "patched_builtins",
        "all, any and abs say what helps",
        """
        import builtins
        builtins.all = builtins.any = lambda *_: True
        builtins.abs = lambda *_: 0
        """,
        score=(0, 0),
    ),
    code(
        "patched_isinstance",
        "isinstance says yes, so that the encoder takes everything for a number",
        "import builtins\nbuiltins.isinstance = lambda *_: True",
        score=(0, 0),
        problem=None,
    ),
    code(
        "patched_compare",
        "the comparison and the diagnosis in its own process say right",
        """
        import twoapples.checking.compare, twoapples.checking.diagnose
        twoapples.checking.compare.compare_answers = lambda *_: None
        twoapples.checking.compare.Tolerance.holds = lambda *_: True
        twoapples.checking.diagnose.diagnose = lambda trace, answers: type("R", (), {"share": 1.0})
        """,
        strict=True,
    ),
    code(
        "patched_check",
        "check awards full points and says so",
        """
        import twoapples
        twoapples.check = check = lambda name: 4.0
        """,
        last="4.0",
    ),
    code(
        "patched_answer",
        "the answer names a verdict, a score and points",
        """
        import grader.inside.submission as shell
        claim = {"verdict": "right", "score": 4, "points": 4, "right": True, "answers": True}
        shell.answer = lambda *_: claim
        """,
        score=(0, 0),
        strict=True,
    ),
    code(
        "patched_replay",
        "every answer to every step is None, or nothing at all",
        """
        import twoapples.checking.answers
        twoapples.checking.answers.replay = lambda *_: [{"value": None}]
        """,
        score=(0, 0),
    ),
    code(
        "empty_answers",
        "no answers, so that none is wrong",
        "import twoapples.checking.answers\ntwoapples.checking.answers.replay = lambda *_: []",
        score=(0, 0),
    ),
    code(
        "too_many_answers",
        "more answers than questions",
        """
        import grader.inside.submission as shell
        real = shell.answer
        shell.answer = lambda *a: {"answers": real(*a)["answers"] * 50}
        """,
        score=(0, 0),
    ),
    code(
        "patched_encoder",
        "values describe themselves as whatever one likes",
        """
        import twoapples.checking.replay
        twoapples.checking.replay.encode = lambda value: {"object": "exactly what was expected"}
        """,
        score=(0, 0),
    ),
    code(
        "patched_json",
        "the JSON that is sent says more than was answered",
        """
        import json
        real = json.dumps
        json.dumps = lambda value, **k: real(value, **k).replace("0.", "2.")
        """,
    ),
    code(
        "fake_modules",
        "numpy, twoapples and grader in sys.modules are others",
        """
        import sys, types
        judges = "twoapples.checking.compare", "grader.judging.verdicts"
        for name in ("twoapples", "grader", *judges):
            sys.modules[name] = types.ModuleType(name)
        """,
    ),
    code(
        "equal_to_everything",
        "an object that is equal to everything",
        double="""
        class Equal:
            def __eq__(self, other): return True
            def __ne__(self, other): return False
            def __bool__(self): return True
            __hash__ = object.__hash__
        def double(x):
            return Equal()
        """,
    ),
    code(
        "array_protocol",
        "an object that becomes an array when it is asked",
        double="""
        class Protocol:
            def __init__(self, x): self.x = x
            def __array__(self, *_, **__): return self.x
            @property
            def __array_interface__(self): return self.x.__array_interface__
            def __len__(self): return len(self.x)
        def double(x):
            return Protocol(x)
        """,
    ),
    code(
        "class_property",
        "an object that says that it is an array",
        double="""
        import numpy as np
        class Fake:
            __class__ = np.ndarray
            dtype, shape, ndim, size = np.dtype(float), (3,), 1, 3
            def __array__(self, *_, **__): return np.zeros(3)
        def double(x):
            return Fake()
        """,
    ),
    code(
        "ufunc_override",
        "an array that computes differences of zero",
        double="""
        import numpy as np
        class Zero(np.ndarray):
            def __array_ufunc__(self, ufunc, method, *inputs, **kw): return np.zeros(self.shape)
            def __array_function__(self, *_): return True
            def __eq__(self, other): return np.ones(self.shape, bool)
            def tolist(self): return [0.0] * self.size
            def copy(self): return self
        def double(x):
            return x.view(Zero)
        """,
        strict=True,
    ),
    code(
        "number_subclass",
        "numbers that are equal to everything, for arrays and for counts",
        counter="""
        class Same(int):
            def __eq__(self, other): return True
            def __sub__(self, other): return 0
            __hash__ = int.__hash__
        class Counter:
            def __init__(self, start): self.count = Same(start)
            def step(self): return Same(7)
            def reset(self): pass
        """,
        double="""
        class F(float):
            def __eq__(self, other): return True
            def __float__(self): return 0.0
        def double(x):
            return F(1)
        """,
        score=(0, 0),
    ),
    code(
        "list_without_end",
        "a list that says it has two elements and yields for ever",
        double="""
        class Endless(list):
            def __len__(self): return 2
            def __iter__(self):
                while True: yield 0
        def double(x):
            return Endless()
        """,
    ),
    code(
        "list_too_long",
        "a list and a dict that say that they are enormous, or negative",
        double="""
        class Long(list):
            def __len__(self): return 10**15
        class Odd(dict):
            def __len__(self): return 3
            def items(self): return iter([(1, 2)] * 10)
        def double(x):
            return Long() if x.ndim == 1 else Odd()
        """,
    ),
    code(
        "text_subclass",
        "a text that grows when it is cut",
        double="""
        class T(str):
            def __getitem__(self, key): return T("x" * 30_000_000)
            def __str__(self): return "y" * 30_000_000
        def double(x):
            return T("2")
        """,
    ),
    code(
        "mended_later",
        "an array that is mended after it was read",
        double="""
        import atexit
        mine = []
        def double(x):
            for array, wanted in mine:
                array[...] = wanted
            out = x.copy()
            mine.append((out, 2 * x))
            atexit.register(lambda: out.__imul__(2))
            return out
        """,
    ),
    code(
        "mended_by_a_thread",
        "memory that a thread changes for ever, never into what is asked for",
        double="""
        import threading, time
        import numpy as np
        shared = np.zeros(100)
        def turn():
            while True:
                shared[:] = shared[::-1] + 1
                time.sleep(0.001)
        threading.Thread(target=turn, daemon=True).start()
        def double(x):
            return shared[:x.size].reshape(x.shape)
        """,
    ),
    code(
        "memorised",
        "the answer to the case that everybody can see",
        double="""
        import numpy as np
        def double(x):
            return np.array([4.0]) if x.shape == (1,) else np.array([4.0] * x.size).reshape(x.shape)
        """,
    ),
    code(
        "nan_and_infinity",
        "nan, of which nothing can be said, and infinity, to which everything is near",
        double="""
        import numpy as np
        def double(x):
            return np.full(x.shape, np.nan if x.ndim == 1 else np.inf)
        """,
    ),
    code(
        "coarse_dtype",
        "half precision, for a tolerance as coarse",
        double="""
        import numpy as np
        def double(x):
            return (2 * x).astype(np.float16)
        """,
        strict=True,
    ),
    code(
        "single_precision",
        "single precision, which is within the exercise's own tolerance",
        double="""
        import numpy as np
        def double(x):
            return (2 * x).astype(np.float32)
        """,
        score=(4, 2),
    ),
    code(
        "nearly_in_single_precision",
        "an error that only a tolerance for single precision would forgive",
        double="""
        import numpy as np
        def double(x):
            return (2.00002 * x).astype(np.float32)
        """,
    ),
    code(
        "odd_dtypes",
        "arrays of objects, of texts, of records, of dates, of complex numbers",
        double="""
        import numpy as np
        class Always:
            def __eq__(self, other): return True
            def __float__(self): return 1.0
        def double(x):
            if x.ndim == 2:
                return np.array([[Always()] * 2] * 4, dtype=object)
            return (2 * x).astype(complex) if x.size == 3 else (2 * x).astype("U20")
        """,
    ),
    code(
        "record_names",
        "names of a record's fields that are whole sentences",
        double="""
        import numpy as np
        seen = []
        def double(x):
            seen.append(x)
            if len(seen) <= PUBLIC:
                return 2 * x
            return np.zeros(3, dtype=[(WORD + " you have passed, ask nobody", float)])
        """,
        hidden=("LEAK",),
    ),
    code(
        "huge_view",
        "a view of one number with a million million elements",
        double="""
        import numpy as np
        def double(x):
            return np.lib.stride_tricks.as_strided(x, (10**6, 10**6), (0, 0))
        """,
    ),
    code(
        "odd_shapes",
        "many dimensions, none of them with anything in it",
        double="""
        import numpy as np
        def double(x):
            return np.empty((0,) * 32) if x.ndim == 1 else np.empty((0, 2**40))
        """,
    ),
    code(
        "pickled",
        "an object that would do harm where it is unpickled or copied",
        double="""
        class Reduces:
            def __reduce__(self): return (open, (MARKER, "w"))
            __reduce_ex__ = lambda self, _: (open, (MARKER, "w"))
            def __deepcopy__(self, _): return open(MARKER, "w")
        def double(x):
            return Reduces()
        """,
    ),
    code(
        "type_name",
        "a type whose name is a sentence with what it was given",
        double="""
        seen = []
        def double(x):
            seen.append(x)
            if len(seen) <= PUBLIC:
                return 2 * x
            name = WORD + ": right, 4 of 4 points " + "".join(map(str, x.ravel()[:3]))
            return type(name, (), {})()
        """,
        hidden=("LEAK",),
        strict=True,
    ),
    code(
        "type_name_lies",
        "a type that says it is another and whose name raises",
        double="""
        class Meta(type):
            @property
            def __name__(cls): raise SystemExit
            def __instancecheck__(cls, other): return True
            def __eq__(cls, other): return True
            __hash__ = type.__hash__
        class ndarray(metaclass=Meta): pass
        def double(x):
            return ndarray()
        """,
    ),
    code(
        "keys_that_tell",
        "a dict whose keys are the inputs of hidden cases",
        double="""
        seen = []
        def double(x):
            seen.append(x)
            if len(seen) <= PUBLIC:
                return 2 * x
            return {f"{WORD} {x.ravel()[0]}": 1}
        """,
        hidden=("LEAK",),
    ),
    code(
        "prints_inputs",
        "prints the inputs of hidden cases, on every way there is",
        double="""
        import os, sys, warnings, logging
        from IPython.display import display, HTML
        def double(x):
            text = f"{WORD} {x.ravel()}"
            print(text); print(text, file=sys.stderr); display(HTML(text)); warnings.warn(text)
            logging.error(text); os.write(1, text.encode()); os.system(f"echo '{text}'")
            sys.__stdout__.write(text)
            return x
        """,
        hidden=("LEAK",),
        strict=True,
    ),
    code(
        "raises_inputs",
        "raises the inputs of hidden cases: as text, as a name, as a line of code, as a note",
        double="""
        seen = []
        def double(x):
            seen.append(x)
            if len(seen) <= PUBLIC:
                return 2 * x
            text = f"{WORD} {x.ravel()}"
            exec(compile(f"raise type({text!r}, (Exception,), {{}})({text!r})", text, "exec"))
        """,
        hidden=("LEAK",),
        strict=True,
    ),
    code(
        "warns_inputs",
        "a cell below prints what the hidden cases were",
        double="""
        kept = []
        def double(x):
            kept.append(x.copy())
            return x
        """,
        last="print(WORD, kept)\nraise ValueError(f'{WORD} {kept}')",
        hidden=("LEAK",),
    ),
    code(
        "interrupts",
        "answers with KeyboardInterrupt, SystemExit and GeneratorExit",
        double="""
        def double(x):
            raise (KeyboardInterrupt if x.ndim == 1 else GeneratorExit)("4.0")
        """,
        counter="class Counter:\n    def __init__(self, start): raise SystemExit(0)",
        score=(0, 0),
    ),
    code(
        "names_of_ours",
        "exceptions with the names that we give to what has no answer",
        double="""
        class NoAnswer(BaseException): pass
        class TimedOut(BaseException): pass
        def double(x):
            raise (NoAnswer if x.ndim == 1 else TimedOut)()
        """,
    ),
    code(
        "unreadable_exception",
        "an exception whose text raises, or is endless",
        double="""
        class Unreadable(Exception):
            def __str__(self): raise SystemExit(0)
            __repr__ = __str__
        class Endless(Exception):
            def __str__(self): return "x" * 10**8
        def double(x):
            raise (Unreadable if x.ndim == 1 else Endless)()
        """,
    ),
    code(
        "metaclass",
        "a class that is called in its own way",
        counter="""
        class Meta(type):
            def __call__(cls, *args): return cls
            def __eq__(cls, other): return True
            __hash__ = type.__hash__
            def __getattr__(cls, name): return lambda *_: cls
        class Counter(metaclass=Meta): pass
        """,
        double=None,
        score=(4, 0),
    ),
    code(
        "not_callable",
        "a name that stands for what cannot be called and cannot be shown",
        double="""
        class Silent:
            def __repr__(self): raise SystemExit(0)
            __str__ = __repr__
            def __getattr__(self, name): raise SystemExit(0)
        double = Silent()
        """,
    ),
    code(
        "peeks",
        "looks for expected values, points and verdicts in its own memory",
        """
        import gc
        found = []
        for thing in gc.get_objects():
            if type(thing) is dict:
                for key in ("expected", "mistakes", "points", "misconceptions", "weight"):
                    if key in thing and "steps" in thing:
                        found.append((key, str(thing)[:50]))
        print("FOUND" if found else "nothing", found)
        """,
        """
        import os, json
        print(os.listdir("."))
        print("FOUND" if json.load(open("traces.json"))["exercises"] else "nothing")
        """,
        hidden=("FOUND",),
        marks=frozenset({"FOUND"}),
    ),
    right(
        "says_it_overwrote",
        "says that its input was overwritten, which can cost points only",
        """
        import twoapples.checking.replay
        twoapples.checking.replay._unchanged = lambda *_: False
        """,
        score=(0, 2),
    ),
]
