"""A tiny MNIST for the tests of downloads, and servers on this machine that misbehave.

`serve` of `test_datasets_download.py` starts them; each function that takes a handler is a way to
behave.
"""

import gzip
import hashlib
import http.server
import threading
import time

import numpy as np

from twoapples.datasets import data_folder
from twoapples.datasets.hosts import Collection
from twoapples.datasets.idx import read_idx


def idx(array):
    """Write an array of bytes in the IDX format."""
    header = bytes([0, 0, 8, array.ndim])
    return header + np.array(array.shape, ">u4").tobytes() + array.astype(np.uint8).tobytes()


def _content():
    rng = np.random.default_rng(0)
    arrays = {
        "train-images-idx3-ubyte.gz": rng.integers(0, 256, (60, 7, 7)),
        "train-labels-idx1-ubyte.gz": np.arange(60) % 10,
        "t10k-images-idx3-ubyte.gz": rng.integers(0, 256, (20, 7, 7)),
        "t10k-labels-idx1-ubyte.gz": np.arange(20) % 10,
    }
    return {name: gzip.compress(idx(array), mtime=0) for name, array in arrays.items()}


CONTENT = _content()
BIG = "train-images-idx3-ubyte.gz"


def collection_of(content, mirrors=()):
    """Describe files as `hosts` describes the real ones."""
    sums = {name: hashlib.sha256(body).hexdigest() for name, body in content.items()}
    return Collection("Tiny MNIST", "mnist", 0.1, sums, tuple(mirrors), tuple("0123456789"))


class Server:
    """Serves CONTENT on the loopback address, in the way that `behave` says."""

    def __init__(self):
        self.behave = whole
        self.asked = []  # file names
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                name = self.path.rpartition("/")[2]
                outer.asked.append(name)
                outer.behave(self, CONTENT[name])

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self.address = f"http://127.0.0.1:{self._server.server_port}/data/"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def stop(self):
        if not self._thread.is_alive():
            return
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def reply(handler, body, status=200, length=None):
    """Answer; a `length` that is not the body's makes the connection break off."""
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(body) if length is None else length))
    handler.end_headers()
    handler.wfile.write(body)
    handler.close_connection = True


def whole(handler, body):
    reply(handler, body)


def breaks_off(handler, body):
    reply(handler, body[: len(body) // 2], length=len(body))


def no_length(handler, body):
    """Ends too early, and never said how long it would be."""
    handler.send_response(200)
    handler.end_headers()
    handler.wfile.write(body[: len(body) // 2])
    handler.close_connection = True


def corrupt(handler, body):
    reply(handler, body[:-20] + bytes([body[-20] ^ 1]) + body[-19:])


def too_long(handler, body):
    reply(handler, body + b"more")


def web_page(handler, body):
    reply(handler, b"<html>Please log in to this network</html>")


def answers(status):
    def behave(handler, body):
        reply(handler, b"no", status)

    return behave


def hangs(handler, body):
    time.sleep(1)


def nonsense(handler, body):
    handler.wfile.write(b"this is not HTTP\r\n\r\n")
    handler.close_connection = True


def assert_is_whole(data):
    assert data.X_train.shape == (60, 49) and data.X_test.shape == (20, 49)
    assert data.X_train.dtype == data.X_test.dtype == np.uint8
    assert data.t_train.dtype == np.int64
    np.testing.assert_array_equal(data.t_train, np.arange(60) % 10)
    np.testing.assert_array_equal(
        data.X_train.reshape(-1, *data.image_shape),
        read_idx(CONTENT["train-images-idx3-ubyte.gz"], 3, "f"),
    )
    np.testing.assert_array_equal(
        data.X_test, read_idx(CONTENT["t10k-images-idx3-ubyte.gz"], 3, "f").reshape(20, 49)
    )


def folder():
    return data_folder() / "mnist"
