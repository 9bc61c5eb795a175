"""Right solutions as different people write them, each by itself, for the tests of likeness."""

from textwrap import dedent

SOFTMAX = [
    """
    def softmax(s):
        shifted = s - s.max(axis=-1, keepdims=True)
        powers = np.exp(shifted)
        return powers / powers.sum(axis=-1, keepdims=True)
    """,
    """
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
    """
    def softmax(s):
        # with logarithms nothing overflows
        top = np.max(s, axis=-1, keepdims=True)
        log_total = top + np.log(np.sum(np.exp(s - top), axis=-1, keepdims=True))
        return np.exp(s - log_total)
    """,
    """
    def softmax(s):
        one = s.ndim == 1
        if one:
            s = s.reshape(1, -1)
        out = np.zeros_like(s, dtype=float)
        for i in range(s.shape[0]):
            m = s[i].max()
            for j in range(s.shape[1]):
                out[i, j] = np.exp(s[i, j] - m)
            out[i] /= out[i].sum()
        return out[0] if one else out
    """,
    """
    def softmax(s):
        def one_case(row):
            e = np.exp(row - np.amax(row))
            return e / e.sum()
        return np.apply_along_axis(one_case, -1, np.asarray(s))
    """,
]
CROSS_ENTROPY = [
    """
    def cross_entropy(p, t):
        if p.ndim == 1:
            p = p.reshape(1, -1)
            t = np.reshape(t, (1, -1)) if np.ndim(t) else np.array([t])
        labels = t.argmax(axis=1) if t.ndim == 2 else t
        n = p.shape[0]
        return -np.log(p[np.arange(n), labels] + 1e-7).sum() / n
    """,
    """
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
    """
    def cross_entropy(p, t):
        t = np.asarray(t)
        if t.shape != p.shape:
            t = np.eye(p.shape[-1])[t]
        chosen = (p * t).sum(axis=-1)
        return np.mean(-np.log(1e-7 + chosen))
    """,
    """
    def cross_entropy(p, t):
        classes = p.shape[-1]
        if isinstance(t, (int, np.integer)):
            return -np.log(p[t] + 1e-7)
        t = np.array(t)
        if p.ndim == 1:
            return -np.sum(np.log(p[t == 1] + 1e-7))
        losses = []
        for k in range(len(p)):
            where = t[k] if t.ndim == 1 else np.flatnonzero(t[k])[0]
            assert where < classes
            losses.append(-np.log(p[k][where] + 1e-7))
        return sum(losses) / len(losses)
    """,
    """
    def cross_entropy(p, t):
        probabilities = np.atleast_2d(p)
        targets = np.asarray(t)
        if targets.ndim == p.ndim:
            targets = np.argmax(targets, axis=-1)
        targets = np.atleast_1d(targets)
        picked = np.take_along_axis(probabilities, targets[:, np.newaxis], axis=1)
        return float(-np.log(picked + 1e-7).mean())
    """,
]
GRADIENT = [
    """
    def softmax_cross_entropy_gradient(s, t):
        ds = softmax(s)
        if t.ndim == 1:
            ds[np.arange(len(t)), t] -= 1
        else:
            ds = ds - t
        return ds / s.shape[0]
    """,
    """
    def softmax_cross_entropy_gradient(s, t):
        ds = softmax(s).copy()
        if t.ndim == 2:
            t = np.argmax(t, axis=1)
        for k in range(len(t)):
            ds[k, t[k]] = ds[k, t[k]] - 1
        return ds / len(t)
    """,
    """
    def softmax_cross_entropy_gradient(s, t):
        n, c = s.shape
        hot = t if t.shape == s.shape else np.identity(c)[t]
        return (softmax(s) - hot) / n
    """,
    """
    def softmax_cross_entropy_gradient(s, t):
        p = softmax(s)
        hot = np.zeros(p.shape)
        if t.ndim == 1:
            for i, label in enumerate(t):
                hot[i][label] = 1.0
        else:
            hot += t
        return np.divide(np.subtract(p, hot), float(len(p)))
    """,
    """
    def softmax_cross_entropy_gradient(s, t):
        scale = 1 / len(s)
        if len(t.shape) < 2:
            t = (t[:, None] == np.arange(s.shape[1])[None, :]).astype(float)
        return scale * (softmax(s) - t)
    """,
]
AFFINE = [
    """
    class Affine:
        def __init__(self, W, b):
            self.params = [W, b]
            self.grads = [np.zeros(W.shape), np.zeros(b.shape)]

        def forward(self, x):
            self.x_shape = x.shape
            self.x = x.reshape(x.shape[0], -1)
            return np.dot(self.x, self.params[0]) + self.params[1]

        def backward(self, dout):
            self.grads[0][...] = np.dot(self.x.T, dout)
            self.grads[1][...] = dout.sum(axis=0)
            return np.dot(dout, self.params[0].T).reshape(*self.x_shape)
    """,
    """
    class Affine:
        def __init__(self, W, b):
            self.W, self.b = W, b
            self.params = [self.W, self.b]
            self.dW = np.zeros_like(W, dtype=np.float64)
            self.db = np.zeros_like(b, dtype=np.float64)
            self.grads = [self.dW, self.db]
            self.inputs = None

        def _flat(self):
            return self.inputs.reshape((len(self.inputs), self.W.shape[0]))

        def forward(self, x):
            self.inputs = x
            out = np.matmul(self._flat(), self.W)
            out += self.b
            return out

        def backward(self, dout):
            flat = self._flat()
            np.matmul(flat.T, dout, out=self.dW)
            np.copyto(self.db, np.add.reduce(dout, axis=0))
            dx = np.matmul(dout, self.W.transpose())
            dx.shape = self.inputs.shape
            return dx
    """,
    """
    class Affine:
        def __init__(self, W, b):
            self.params = [W, b]
            self.grads = [0.0 * W, 0.0 * b]

        def forward(self, x):
            W, b = self.params
            self.memory = x
            rows = x.reshape(len(x), W.shape[0])
            return rows @ W + b

        def backward(self, dout):
            x = self.memory.reshape(len(self.memory), -1)
            for array, value in zip(self.grads, (x.T @ dout, dout.sum(0))):
                array[:] = value
            return (dout @ self.params[0].T).reshape(self.memory.shape)
    """,
    """
    class Affine:
        def __init__(self, W, b):
            self.params = [W, b]
            self.grads = [np.empty(W.shape), np.empty(b.shape)]

        def forward(self, x):
            self.shape = x.shape
            features = 1
            for size in x.shape[1:]:
                features *= size
            self.x = np.reshape(x, (x.shape[0], features))
            return np.einsum("nd,dm->nm", self.x, self.params[0]) + self.params[1][None, :]

        def backward(self, dout):
            np.einsum("nd,nm->dm", self.x, dout, out=self.grads[0])
            np.einsum("nm->m", dout, out=self.grads[1])
            return np.einsum("nm,dm->nd", dout, self.params[0]).reshape(self.shape)
    """,
    """
    class Affine:
        def __init__(self, W, b):
            self.params = [W, b]
            self.grads = [np.zeros(np.shape(p)) for p in self.params]

        def forward(self, x):
            N = x.shape[0]
            self.original = x
            self.two_d = x if x.ndim == 2 else x.reshape(N, -1)
            z = self.two_d.dot(self.params[0])
            return z + self.params[1]

        def backward(self, dout):
            dx = dout.dot(self.params[0].T)
            gradient = np.zeros(self.params[0].shape)
            bias = np.zeros(self.params[1].shape)
            for n in range(len(dout)):
                gradient += np.outer(self.two_d[n], dout[n])
                bias += dout[n]
            self.grads[0][...] = gradient
            self.grads[1][...] = bias
            return dx.reshape(self.original.shape)
    """,
]
LESSON_02 = {
    "softmax": SOFTMAX,
    "cross_entropy": CROSS_ENTROPY,
    "softmax_cross_entropy_gradient": GRADIENT,
}


def code(text: str) -> str:
    """Return a solution's text as it stands in a cell."""
    return dedent(text).strip("\n")
