"""The sample class: twelve submissions as they come in, each with the score that it deserves.

`grader demo` grades them, and the tests hold the scores. The answers are written as learners write.
"""

from grader.samples import Sample

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
    Sample("jo", GRAPHS, "a loop that never ends", 30, NEVER_ENDS),
    Sample("kim", GRAPHS, "half a file", 0, raw='{"cells": [{"cell_type": "code", "sou'),
]
