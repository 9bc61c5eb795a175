"""Likeness: copies in disguise are found, independent right solutions are not."""

from __future__ import annotations

import ast
import itertools
import random

import numpy as np
import pytest
from solutions_by_hand import AFFINE, CROSS_ENTROPY, GRADIENT, LESSON_02, SOFTMAX, code

from grader.report.similarity import Piece, Work, compare
from grader.report.similarity.pairs import LEAST_SHARE, WINDOW, K, _Corpus
from grader.report.similarity.tokens import given_lines, words

STUB = {
    "softmax": '''
        def softmax(s):
            """Turn scores into probabilities."""
            # YOUR CODE HERE
            raise NotImplementedError()
    ''',
    "cross_entropy": """
        def cross_entropy(p, t):
            # YOUR CODE HERE
            raise NotImplementedError()
    """,
    "softmax_cross_entropy_gradient": """
        def softmax_cross_entropy_gradient(s, t):
            # YOUR CODE HERE
            raise NotImplementedError()
    """,
    "Affine": """
        class Affine:
            def __init__(self, W, b):
                # YOUR CODE HERE
                raise NotImplementedError()

            def forward(self, x):
                # YOUR CODE HERE
                raise NotImplementedError()

            def backward(self, dout):
                # YOUR CODE HERE
                raise NotImplementedError()
    """,
}
GIVEN = [code(text) for text in STUB.values()]
REFERENCE = [
    """
    def softmax(s):
        e = np.exp(s - np.max(s, axis=-1, keepdims=True))
        return e / np.sum(e, axis=-1, keepdims=True)
    """,
    """
    def cross_entropy(p, t):
        t = np.asarray(t)
        if t.ndim < p.ndim:
            t = np.eye(p.shape[-1])[t]
        return -np.mean(np.log(np.sum(t * p, axis=-1) + 1e-7))
    """,
    """
    def softmax_cross_entropy_gradient(s, t):
        if t.ndim == 1:
            t = np.eye(s.shape[1])[t]
        return (softmax(s) - t) / len(s)
    """,
]
KNOWN = [code(text) for text in REFERENCE]


def lesson_02(student, number, **changed):
    pieces = {name: code(versions[number]) for name, versions in LESSON_02.items()} | changed
    return Work(student, tuple(Piece(name, text) for name, text in pieces.items()))


def five():
    """Five people who have never met, each with lesson 02 and `Affine`."""
    return [
        Work(f"p{i}", (*lesson_02("", i).pieces, Piece("Affine", code(AFFINE[i]))))
        for i in range(5)
    ]


def listed(works, given=GIVEN, known=KNOWN):
    return [(p.first.student, p.second.student) for p in compare(works, given, known).pairs]


class _Disguise(ast.NodeTransformer):
    """Renames what the learner named, turns methods round, puts docstrings in."""

    def __init__(self, number):
        self.prefix = f"my{number}_"

    def _new(self, name):
        return (
            name if name in ("np", "self", "softmax", "zip", "len", "sum") else self.prefix + name
        )

    def visit_Name(self, node):
        known = node.id in dir(__builtins__) or node.id in ("np", "softmax", "cross_entropy")
        return node if known else ast.Name(self._new(node.id), node.ctx)

    def visit_arg(self, node):
        return ast.arg(self._new(node.arg))

    def visit_Attribute(self, node):
        self.generic_visit(node)
        own = isinstance(node.value, ast.Name) and node.value.id.endswith("self")
        public = ("params", "grads", "forward", "backward")
        if own and node.attr not in public:
            node.attr = "their_" + node.attr
        return node

    def visit_FunctionDef(self, node):
        self.generic_visit(node)
        node.body.insert(0, ast.Expr(ast.Constant("Written all by myself.")))
        return node

    def visit_ClassDef(self, node):
        self.generic_visit(node)
        node.body.reverse()
        return node


def disguised(work, student, number=1):
    """Copy a work, with other names, other layout, methods in another order, and remarks."""
    pieces = []
    for piece in work.pieces:
        tree = _Disguise(number).visit(ast.parse(piece.code))
        lines = ast.unparse(ast.fix_missing_locations(tree)).split("\n")
        text = "\n".join(f"{line}  # step {i}\n" for i, line in enumerate(lines))
        pieces.append(Piece(piece.name, text.replace(", ", ",   ").replace("    ", "  ")))
    return Work(student, tuple(reversed(pieces)))


def test_words_hold_what_is_done_and_not_how_it_is_written():
    one = words("def f(a):\n    '''Says.'''\n    b = np.exp(a)  # why\n    return b / 2.0\n")
    other = words("def g( x ) :\n  y=np.exp(\n     x,\n  );\n\n  return y/2")
    assert one.texts == other.texts
    assert " ".join(one.texts) == "def v ( v ) : v = v . exp ( v ) return v / 2.0"
    # What is done differently stays different.
    for text in ("b = np.log(a)", "b = np.exp(a) + 1", "b = -np.exp(a)", "b = np.exp(a, a)"):
        assert words(text).texts != words("b = np.exp(a)").texts


def test_every_word_stands_where_it_says():
    text = 'x = f"{a}"  # no\ns = """two\nlines""" + r\'\\d\'\nself.mine.T[1e-7] = 0x1F'
    read = words(text)
    stands = [text[a:b] for a, b in zip(read.starts, read.ends, strict=True)]
    assert stands == [
        *("x", "=", 'f"{a}"', "s", "=", '"""two\nlines"""', "+", r"r'\d'"),
        *("self", ".", "mine", ".", "T", "[", "1e-7", "]", "=", "0x1F"),
    ]
    assert read.texts[11:15] == (".", "T", "[", "1e-07") and read.texts[10] == "v"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "def f(:\n  '",
        '"""',
        "((((",
        "))))",
        "%timeit f()\n!ls",
        "\\",
        "€ ? $",
        "\x00\ud800'\ud800'",
        "'" * 9999,
    ],
)
def test_any_text_can_be_read(text):
    read = words(text)
    assert len(read.texts) == len(read.starts) == len(read.ends)
    compare([Work("a", (Piece("", text),)), Work("b", (Piece("", text),))])


@pytest.mark.parametrize("unit", ["'''", '"', "(", "f'{", "a.", "1e", "# \n", "'\\", "\n", "0x"])
def test_a_long_hostile_text_takes_no_longer_than_a_long_text(unit):
    # Read in one pass: the scanner goes forward and never back, so ten times the text are ten
    # times the steps. A text that made it go back would not end within the time of a test run.
    words(unit * (30_000 // len(unit)))


def test_a_copy_in_disguise_is_found():
    works = five()
    for number, victim in enumerate(works):
        copy = disguised(victim, "z-copy", number)
        assert listed([*works, copy]) == [(victim.student, "z-copy")]
        (pair,) = compare([*works, copy], GIVEN, KNOWN).pairs
        assert pair.share > 0.6 and pair.words > 100
        for piece, spans in zip(copy.pieces, pair.second.spans, strict=True):
            assert all(0 <= a < b <= len(piece.code) for a, b in spans)
        # Remarks, names and layout are as the copyist made them, and yet most of it is marked.
        marked = sum(b - a for spans in pair.second.spans for a, b in spans)
        assert marked > 0.5 * sum(len(piece.code) for piece in copy.pieces)


def test_a_part_that_was_copied_is_found():
    works = five()
    pieces = [*works[0].pieces[:3], disguised(works[1], "").pieces[0]]
    assert pieces[3].name == "Affine"
    mixed = Work("z-mixed", (*pieces[:0], pieces[3], Piece("softmax", code(SOFTMAX[0]))))
    assert listed([*works, mixed]) == [("p1", "z-mixed")]


def test_functions_in_another_order_in_one_cell():
    parts = [code(v[1]) for v in LESSON_02.values()]
    others = five()[2:]
    found = []
    for order in itertools.permutations(range(3)):
        text = "\n\n".join(parts[i] for i in order)
        works = [lesson_02("ada", 1), Work("bo", (Piece("softmax", text),)), *others]
        found.append(compare(works, GIVEN, KNOWN).pairs)
    assert all([(p.first.student, p.second.student) for p in f] == [("ada", "bo")] for f in found)
    assert min(f[0].share for f in found) > 0.9


def test_independent_solutions_are_not_listed():
    assert listed(five()) == []
    for versions in (SOFTMAX, CROSS_ENTROPY, GRADIENT, AFFINE):
        works = [Work(f"p{i}", (Piece("x", code(text)),)) for i, text in enumerate(versions)]
        assert listed(works) == []
    # Nor are they near it, even if nothing at all is known of the class: the most that two share.
    for one, other in itertools.combinations(five(), 2):
        corpus = _Corpus([one, other], given_lines(GIVEN))
        corpus.leave_out(np.zeros(0, dtype=np.uint64), 2, 2)
        corpus.least_words, corpus.least_share = 1, 0.0
        pair = corpus.pair(0, 1)
        assert pair is None or pair.share < 0.5 * LEAST_SHARE


def test_what_nearly_everyone_writes_does_not_count():
    reference = [code(text) for text in REFERENCE]
    canonical = [
        Work(f"c{i}", tuple(Piece(n, t) for n, t in zip(LESSON_02, reference, strict=True)))
        for i in range(3)
    ]
    # Known as the reference, in the smallest of classes.
    assert listed(canonical[:2]) == []
    assert listed([*canonical, *five()]) == []
    # Not known, but found with many of a class of 40: every way has about ten who take it.
    rng = random.Random(5)

    def somebody(name):
        pieces = {n: code(v[rng.choice((0, 1, 2, 4))]) for n, v in LESSON_02.items()}
        return lesson_02(name, 0, **pieces)

    rest = [somebody(f"r{i:02}") for i in range(32)]
    crowd = [lesson_02(f"m{i}", 3) for i in range(8)]
    assert listed([*crowd, *rest], known=[]) == []
    # With few of them it is particular.
    assert listed([*crowd[:2], *rest], known=[]) == [("m0", "m1")]


def test_a_group_that_handed_in_the_same_is_found_whole():
    rng = random.Random(3)
    rest = [
        lesson_02(
            f"r{i:02}", 0, **{n: code(v[rng.choice((0, 2, 4))]) for n, v in LESSON_02.items()}
        )
        for i in range(60)
    ]
    group = [disguised(lesson_02("", 3), f"g{i}", i) for i in range(5)]
    pairs = listed([*rest, *group])
    assert pairs == list(itertools.combinations([w.student for w in group], 2))


def test_the_stub_and_given_code_do_not_count():
    stub = Work("a", tuple(Piece(name, code(text)) for name, text in STUB.items()))
    long_given = "\n".join(f"total_{i} = total_{i - 1} + np.exp(table[{i}])" for i in range(1, 60))
    works = [Work(s, (*stub.pieces, Piece("", long_given))) for s in ("a", "b")]
    assert listed(works, [*GIVEN, long_given]) == []
    assert listed(works, GIVEN) == [("a", "b")]
    # A bug hunt: all but one line is given, also where it is laid out anew.
    mended = long_given.replace("np.exp(table[30])", "np.log(table[30] + 1)")
    again = mended.replace(" + ", "\\\n  + ")
    works = [Work("a", (Piece("", mended),)), Work("b", (Piece("", again),))]
    assert listed(works, [*GIVEN, long_given]) == []


def test_the_order_of_the_class_makes_no_difference():
    works = [*five(), disguised(five()[1], "z1"), disguised(five()[3], "a1", 2)]
    shuffled = list(works)
    random.Random(1).shuffle(shuffled)
    assert compare(shuffled, GIVEN, KNOWN) == compare(works, GIVEN, KNOWN)
    assert listed(works) == [("p1", "z1"), ("a1", "p3")] or listed(works) == [
        ("a1", "p3"),
        ("p1", "z1"),
    ]


def test_winnowing_keeps_one_of_every_window_and_few_in_all():
    rng = np.random.default_rng(0)
    text = " ".join(rng.choice(["if", "for", "+", "-", "(", ")", "np", "1", "2", "in"], 3000))
    corpus = _Corpus([Work("a", (Piece("", text),))], frozenset())
    corpus.leave_out(np.zeros(0, dtype=np.uint64), 3, 3)
    runs = np.flatnonzero(corpus.whole)
    corpus.counts = corpus.whole
    kept = set(corpus._fingerprints().tolist())
    for start in runs[: len(runs) - WINDOW + 1]:
        assert kept & set(range(start, start + WINDOW))
    # The expected density is 2 / (w + 1) (Schleimer and others, 2003).
    assert len(kept) / len(runs) == pytest.approx(2 / (WINDOW + 1), rel=0.1)
    assert len(runs) == len(corpus.hashes) - K + 1


def test_nothing_to_compare():
    assert compare([]).pairs == []
    assert compare([Work("a", ())]).pairs == []
    assert compare([Work("a", (Piece("x", "x = 1"),)), Work("b", ())]).pairs == []
