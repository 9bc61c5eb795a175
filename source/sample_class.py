"""The sample class: twelve submissions as they come in, each with the score that it deserves.

`grader demo` grades them, and the tests hold the scores. The answers are written as learners write.
`grader demo --zip` draws the answers of a larger class from those at the end.
"""

from grader.demo.moodle import LargeClass
from grader.demo.samples import Sample

SOFTMAX, GRAPHS = "02-softmax-cross-entropy", "03-computational-graphs"

LOOPS = {
    "softmax": """
        def softmax(s):
            s = np.array(s, dtype=float)
            if s.ndim == 1:
                return softmax(s[None, :])[0]
            rows = []
            for row in s:
                powers = [np.exp(value - max(row)) for value in row]
                rows.append([power / sum(powers) for power in powers])
            return np.array(rows)
    """,
    "cross_entropy": """
        def cross_entropy(p, t):
            if p.ndim == 1:
                return cross_entropy(p[np.newaxis], np.array([t]))
            if np.ndim(t) == 2:
                t = t.argmax(axis=1)
            total = 0.0
            for row, label in zip(p, t):
                total = total - np.log(row[int(label)] + 1e-7)
            return total / len(p)
    """,
    "softmax_cross_entropy_gradient": """
        def softmax_cross_entropy_gradient(s, t):
            ds = softmax(s).copy()
            if t.ndim == 2:
                t = np.argmax(t, axis=1)
            for k in range(len(t)):
                ds[k, t[k]] = ds[k, t[k]] - 1
            return ds / len(t)
    """,
}

LOGARITHMS = {
    "softmax": """
        from math import log

        def softmax(s):
            print("scores:", s)
            top = s.max(axis=-1, keepdims=True)
            log_sum = np.log(np.exp(s - top).sum(axis=-1, keepdims=True)) + top
            return np.exp(s - log_sum)
    """,
}

NOT_STABLE = {
    "softmax": """
        def softmax(s):
            return np.exp(s) / np.exp(s).sum(axis=-1, keepdims=True)
    """,
}

SUMS_OVER_EVERYTHING = {
    "softmax": """
        def softmax(s):
            e = np.exp(s - np.max(s))
            return e / np.sum(e)
    """,
    "cross_entropy": """
        def cross_entropy(p, t):
            t = np.asarray(t)
            if t.ndim < p.ndim:
                t = np.eye(p.shape[-1])[t]
            return -np.sum(t * np.log(p + 1e-7))
    """,
}

GRADIENT_SUMMED = {
    "softmax_cross_entropy_gradient": """
        def softmax_cross_entropy_gradient(s, t):
            if t.ndim == 1:
                t = np.eye(s.shape[1])[t]
            return softmax(s) - t
    """,
}

NOT_SWAPPED = {
    "MulNode": """
        class MulNode:
            def __init__(self):
                self.x = None
                self.y = None

            def forward(self, x, y):
                self.x, self.y = x, y
                return x * y

            def backward(self, dout):
                return dout * self.x, dout * self.y
    """,
}

NEVER_ENDS = {
    "numerical_derivative": """
        def numerical_derivative(f, x, h=1e-4):
            old = None
            while True:
                new = (f(x + h) - f(x - h)) / (2 * h)
                if new == old and h == 0:
                    return new
                old = new
    """,
}

SAMPLES = [
    Sample("ada", SOFTMAX, "the reference", 12),
    Sample("bo", SOFTMAX, "right, with loops", 12, LOOPS),
    Sample("chidi", SOFTMAX, "right, prints a lot", 12, LOGARITHMS),
    Sample("dora", SOFTMAX, "overflows at ±1000", 9, NOT_STABLE),
    Sample("emil", SOFTMAX, "sums over everything", 3, SUMS_OVER_EVERYTHING),
    Sample("김하늘", SOFTMAX, "gradient not divided by N", 8, GRADIENT_SUMMED),
    Sample("gus", SOFTMAX, "untouched", 0, others="untouched"),
    Sample("hana", SOFTMAX, "an empty file", 0, raw=""),
    Sample("ada", GRAPHS, "the reference", 33),
    Sample("ivan", GRAPHS, "local derivatives not swapped", 21.75, NOT_SWAPPED),
    Sample("jo", GRAPHS, "a loop that never ends", 30, NEVER_ENDS, ends=False),
    Sample("kim", GRAPHS, "half a file", 0, raw='{"cells": [{"cell_type": "code", "sou'),
]

# --- a larger class ---------------------------------------------------------------------------

# The loops of above with other names, as of somebody who did not want it to be noticed.
LOOPS_RENAMED = {
    "softmax": """
        def softmax(s):
            scores = np.array(s, dtype=float)
            if scores.ndim == 1:
                return softmax(scores[None, :])[0]
            result = []
            for case in scores:
                exps = [np.exp(x - max(case)) for x in case]
                result.append([e / sum(exps) for e in exps])  # each row sums to 1
            return np.array(result)
    """,
    "cross_entropy": """
        def cross_entropy(p, t):
            if p.ndim == 1:
                return cross_entropy(p[np.newaxis], np.array([t]))
            if np.ndim(t) == 2:
                t = t.argmax(axis=1)
            loss = 0.0
            for probs, k in zip(p, t):
                loss = loss - np.log(probs[int(k)] + 1e-7)
            return loss / len(p)
    """,
    "softmax_cross_entropy_gradient": """
        def softmax_cross_entropy_gradient(s, t):
            grad = softmax(s).copy()
            if t.ndim == 2:
                t = np.argmax(t, axis=1)
            for i in range(len(t)):
                grad[i, t[i]] = grad[i, t[i]] - 1
            return grad / len(t)
    """,
}

LARGE_CLASS = LargeClass(
    SOFTMAX,
    right={
        "softmax": [
            "",
            LOGARITHMS["softmax"],
            """
            def softmax(s):
                shifted = s - s.max(axis=-1, keepdims=True)
                powers = np.exp(shifted)
                return powers / powers.sum(axis=-1, keepdims=True)
            """,
        ],
        "cross_entropy": [
            "",
            """
            def cross_entropy(p, t):
                p = np.atleast_2d(p)
                t = np.asarray(t)
                labels = t.ravel() if t.size == len(p) else t.reshape(p.shape).argmax(axis=1)
                return -np.log(p[np.arange(len(p)), labels] + 1e-7).mean()
            """,
        ],
        "softmax_cross_entropy_gradient": [
            "",
            """
            def softmax_cross_entropy_gradient(s, t):
                hot = np.eye(s.shape[1])[t] if t.ndim == 1 else t
                return (softmax(s) - hot) / s.shape[0]
            """,
        ],
    },
    wrong={
        "softmax": [
            NOT_STABLE["softmax"],
            SUMS_OVER_EVERYTHING["softmax"],
            """
            def softmax(s):
                e = np.exp(s - s.max(axis=0))
                return e / e.sum(axis=0)
            """,
        ],
        "cross_entropy": [
            SUMS_OVER_EVERYTHING["cross_entropy"],
            """
            def cross_entropy(p, t):
                t = np.asarray(t)
                if t.ndim < p.ndim:
                    t = np.eye(p.shape[-1])[t]
                return -np.mean(np.log(np.sum(t * p, axis=-1)))
            """,
            """
            def cross_entropy(p, t):
                return -np.sum(t * np.log(p + 1e-7)) / len(p)
            """,
            """
            def cross_entropy(p, t):
                p = np.atleast_2d(p)
                t = np.atleast_2d(t)
                return -np.sum(t * np.log(p + 1e-7)) / len(p)
            """,
        ],
        "softmax_cross_entropy_gradient": [
            GRADIENT_SUMMED["softmax_cross_entropy_gradient"],
            """
            def softmax_cross_entropy_gradient(s, t):
                return (softmax(s) - t) / len(s)
            """,
            """
            def softmax_cross_entropy_gradient(s, t):
                raise NotImplementedError()
            """,
        ],
    },
    written={
        "p_minus_t": [
            "The exponentials cancel when I differentiate the logarithm of the sum, "
            "and $p - t$ is left.",
            "For the true class it is $p - 1$, for the others $p$, because the score "
            "of the class is in the sum too.",
            "I used the chain rule through softmax and log and got $p - t$.",
        ],
    },
    alike=(LOOPS, LOOPS_RENAMED),
)
