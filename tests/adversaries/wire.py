"""Forged messages on the connection to the grader, and answers made to break who reads them."""

from __future__ import annotations

from adversaries import Adversary, code

# Three ways to the connection; what is sent goes past everything that the executor does.
_TOOLS = """
import gc, json, os, socket, stat, struct, time

def by_descriptor():
    for number in range(3, 256):
        try:
            if stat.S_ISSOCK(os.fstat(number).st_mode):
                yield number
        except OSError:
            pass

def by_memory():
    return [o.fileno() for o in gc.get_objects() if type(o) is socket.socket and o.fileno() > 2]

def connection():
    mine = get_ipython().outlet.connection.fileno()
    assert mine in by_descriptor() and mine in by_memory()
    return mine

def put(data):
    data = memoryview(data)
    while data:
        data = data[os.write(connection(), data):]

def send(*frames):
    for frame in frames:
        text = frame if isinstance(frame, bytes) else json.dumps(frame).encode()
        put(struct.pack(">I", len(text)) + text)
"""


def _forges(
    name: str, tries: str, source: str, *, died: bool = True, **options: object
) -> Adversary:
    """Make a submission that sends its own messages in its first cell."""
    ended = {"score": (0, 0), "problem": "its process ended too early"} if died else {}
    return code(name, tries, _TOOLS, source, **{"double": None, **ended, **options})  # type: ignore[arg-type]


def _answers(name: str, tries: str, reply: str, **options: object) -> Adversary:
    """Make a submission whose answers are whatever `reply` says: an expression, or raw JSON."""
    source = f"""
import grader.inside.submission as shell
import json
real = shell.answer
def forged(name, cases, namespace):
    honest = real(name, cases, namespace)
    n = len(cases)
    return {reply} if name == "double" else honest
shell.answer = forged
"""
    return code(name, tries, source, **options)  # type: ignore[arg-type]


def _value(name: str, tries: str, value: str, **options: object) -> Adversary:
    return _answers(
        name, tries, f'{{"answers": [[{{"value": {value}}}] for _ in range(n)]}}', **options
    )


ADVERSARIES = [
    _forges(
        "forged_end",
        "claims that all was run and answered, with verdicts and points",
        """
        send(["answers", "double", {"score": 4, "verdict": "right"}], ["end"])
        time.sleep(2)
        """,
        strict=True,
    ),
    _forges(
        "forged_steps",
        "does every step itself, with answers it has made up",
        """
        script = json.loads(b'null')
        for step in range(2, 12):
            send(["done", "cell", step, 1, False])
        send(["answers", "double", {"answers": [[{"value": {"array": [4.0], "shape": [1],
              "dtype": "float64"}}]] * 4}], ["done", "ask", "double", True, False], ["end"])
        """,
    ),
    _forges(
        "forged_failure",
        "says in its own words why it failed",
        'send(["failed", "LEAK: give me full points \\x1b[31m" + "x" * 5000])',
        hidden=("LEAK",),
        strict=True,
    ),
    _forges(
        "frame_of_4_gigabytes",
        "a message that is announced and never ends",
        'put(struct.pack(">I", 2**32 - 1) + b"[" * 1000)\ntime.sleep(2)',
    ),
    _forges(
        "half_a_frame",
        "half a message, and then nothing: the rest is taken for it",
        'put(struct.pack(">I", 500_000) + b"[")',
        problem=None,
    ),
    _forges("not_json", "bytes that are no JSON", r'send(b"\xff\xfe\x00[")'),
    _forges("not_a_list", "JSON that is no message", 'send({"do": "kill", "number": 1})'),
    _forges(
        "nested_frame",
        "a message that is nested a hundred thousand deep",
        'send(b"[" * 100_000 + b"]" * 100_000)',
    ),
    _forges(
        "nested_in_bounds",
        "a message nested as deep as the parser allows",
        """
        nested = b"[" * 300 + b"]" * 300
        send(b'["display", {"application/json": ' + nested + b'}, {}, null, false]')
        """,
        died=False,
        score=(4, 2),
    ),
    _forges(
        "huge_number",
        "a number with a million digits",
        'send(b"[\\"done\\", " + b"9" * 1_000_000 + b"]")',
    ),
    _forges(
        "infinite_number",
        "numbers that no JSON can hold, in outputs and their metadata",
        """
        send(b'["display", {"application/json": 1e999, "text/plain": "x"}, '
             b'{"width": 1e999}, null, false]')
        """,
        died=False,
        score=(4, 2),
    ),
    _forges(
        "surrogates",
        "halves of characters",
        r"""
        send(b'["text", "stdout", "\ud800 half", true]',
             b'["error", "\udfff", "\ud800", ["\udcff"]]')
        """,
        died=False,
        score=(4, 2),
    ),
    _forges(
        "wrong_kinds",
        "messages with the wrong things in them",
        'send(["text", ["stdout"], {"a": 1}, 3])',
    ),
    _forges(
        "wrong_outputs",
        "outputs with the wrong things in them",
        """
            send(["display", {"text/plain": 3, "text/html": [1, 2], "image/png": "no base64 <",
                  "application/javascript": "alert(1)", "__proto__": {}},
                 {"x": {"y": [1]}, "z" * 5000: 1}, {"id": 1}, "yes"],
                 ["result", {"text/plain": "4.0"}, None, 10**30], ["clear", "yes"], ["full"])
            """,
        died=False,
        score=(4, 2),
    ),
    _forges(
        "private_methods",
        "messages named like methods of the grader",
        'send(["begin"], ["__init__", 1], ["_take", 1])',
    ),
    _forges(
        "many_complaints",
        "thousands of messages, each of which is a note in the log",
        """
            shell = get_ipython()
            import grader.inside.submission as module
            real = module.Submission._send_answers
            def complain(self, name, reply):
                for _ in range(500):
                    send(["large", name])
                real(self, name, reply)
            module.Submission._send_answers = complain
            """,
        died=False,
        score=(4, 2),
    ),
    _forges(
        "trickle",
        "a byte now and then, for longer than a cell may take",
        """
            put(struct.pack(">I", 900_000))
            get_ipython().outlet.send_now = lambda: None
            while True:
                put(b" "); time.sleep(0.0001)
            """,
        problem="could not be stopped",
    ),
    _forges(
        "restarted_clock",
        "says again and again that a step took too long, so that it gets more time",
        """
            import grader.inside.submission as module
            def forever(self, name, cases, *_, **__):
                import signal
                signal.signal(signal.SIGINT, signal.SIG_IGN)
                while True:
                    send(["done", "ask", name, False, False]); time.sleep(0.5)
            module.Submission._answer = forever
            """,
    ),
    _forges(
        "display_bomb",
        "one picture that is shown a thousand times, and then made large",
        """
            for _ in range(1000):
                send(["display", {"text/plain": "x"}, {}, "same", False])
            send(["display", {"text/plain": "x" * 900_000}, {}, "same", True])
            """,
        died=False,
        score=(4, 2),
    ),
    _forges(
        "many_outputs",
        "thousands of outputs with nothing in them",
        "send(*[b'[\"display\", {}, {}, null, false]'] * 6000)",
        died=False,
        score=(4, 2),
        notes=("printed more than is kept",),
    ),
    _forges(
        "error_names",
        "errors whose names are large, or have a million lines",
        """
            for _ in range(30):
                send(["error", "x" * 900_000, "", []])
            send(["error", "x", "", [""] * 300_000])
            """,
        died=False,
        score=(4, 2),
    ),
    _forges(
        "metadata_bomb",
        "outputs whose metadata is large",
        """
            for n in range(30):
                large = {f"{n}-{i}": "y" * 900 for i in range(900)}
                send(["display", {"text/plain": "x"}, large, None, False])
            """,
        died=False,
        score=(4, 2),
    ),
    _forges(
        "containers",
        "a million empty lists, which take much more memory than bytes",
        """
        lists = b"[" + b"[]," * 330_000 + b"1]"
        send(b'["display", {"application/json": ' + lists + b'}, {}, null, false]')
        """,
        died=False,
        score=(4, 2),
        problem=None,
    ),
    _answers(
        "no_dict",
        "an answer that is a list of lists",
        "[[]]",
        score=(0, 0),
        problem="its process ended too early",
    ),
    _answers(
        "odd_replies",
        "answers of all kinds in the wrong places",
        '{"answers": [[None], [[]], [3], [{"value": 1, "changed": 3, "error": []}]][:n]}',
    ),
    _answers(
        "odd_errors",
        "errors that are no errors",
        '{"answers": [[{"error": e}] for e in (None, {"type": 3}, {"type": "x", "lines": 7}, '
        '{"type": "E", "message": [], "lines": [{"line": -1}, 3]})][:n]}',
    ),
    _answers(
        "forged_lines",
        "lines of code that no cell has, with what was given in them",
        '{"answers": honest["answers"][:PUBLIC] + [[{"error": {"type": "LEAK", "message": '
        '"LEAK", "lines": [{"line": 3, "function": "LEAK 0.5", "source": "LEAK"}]}}]] * '
        "(n - PUBLIC)}",
        double=None,
        hidden=("LEAK",),
    ),
    _answers(
        "forbidden_claims",
        "says that what it uses is forbidden, or of an odd kind",
        '{"answers": [], "forbidden": {"LEAK": []}, "unusable": "LEAK", "missing": 1}',
        hidden=("LEAK",),
    ),
    _value(
        "no_kind",
        "values of no kind, or of several",
        '{"array": [1], "object": "x"} if _ else {"float": {}}',
    ),
    _value(
        "bad_array",
        "an array whose numbers do not fill its shape",
        '{"array": [1.0], "shape": [-1], "dtype": "float64"}',
    ),
    _value(
        "bad_dtype",
        "dtypes that NumPy takes long to read, or that are whole programs",
        '{"array": [1.0, 1.0, 1.0], "shape": [3], "dtype": ("(9999999,9)f8", "O", "f8,f8", "{}", '
        '"V3", "U99", "m8[ns]", "=f16", "timedelta64", "a" * 99)[_]}',
    ),
    _value(
        "huge_shape",
        "shapes of nothing and more than everything",
        '{"array": [], "shape": [0, 10**30], "dtype": "float64"}',
    ),
    _value(
        "mixed_array",
        "arrays with texts, lists and true among the numbers",
        '{"array": ["nan", True, [1]], "shape": [3], "dtype": "float64"}',
    ),
    _value(
        "overflowing_array",
        "numbers that do not fit the dtype",
        '{"array": [300, -1, 2], "shape": [3], "dtype": "uint8"}',
    ),
    _value(
        "nested_value",
        "lists in lists",
        '__import__("functools").reduce(lambda inner, _: {"list": [inner]}, range(300), 1)',
    ),
    _value("object_name", "an object with the name of what is expected", '{"object": "ndarray"}'),
    _value(
        "object_text",
        "an object whose name is a page",
        '{"object": "LEAK you have passed. " * 400}',
        hidden=("LEAK",),
    ),
    _value(
        "hash_collisions",
        "a dict with ten thousand keys that all have one hash",
        '{"dict": [[{"tuple": [2.0**(61 * a), 2.0**(61 * b), 2.0**(61 * c)]}, 0] '
        "for a in range(-16, 6) for b in range(-16, 6) for c in range(-16, 6)]} "
        "if _ == 0 else None",
    ),
    _value("unhashable_keys", "keys that cannot be keys", '{"dict": [[{"list": []}, 1]]}'),
    _value(
        "many_values",
        "more numbers than any exercise gives",
        '{"list": [0] * 400_000} if _ == 0 else None',
    ),
]
