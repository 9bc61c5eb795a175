"""Data: the numbers of the seeds, what is shipped, and downloads from a server that misbehaves."""

import dataclasses
import gzip
import hashlib
import http.server
import importlib.resources
import io
import os
import re
import subprocess
import sys
import threading
import time
import zlib
from pathlib import Path

import numpy as np
import pytest

from twoapples import datasets
from twoapples.datasets import (
    DatasetDamaged,
    DatasetError,
    DatasetMissing,
    DownloadFailed,
    cache,
    data_folder,
    hosts,
)
from twoapples.datasets import download as downloading
from twoapples.datasets import progress as reporting
from twoapples.datasets.hosts import Collection, RemoteFile
from twoapples.datasets.idx import read_idx

# Written down and shipped -------------------------------------------------------------------------


def test_six_pictures_are_those_of_the_seed():
    data = datasets.six_pictures()
    assert data.X.shape == (6, 2, 2) and data.X.dtype == np.float64
    assert data.T.shape == (6, 3) and data.T.dtype == np.float64
    assert data.names == ("cat", "dog", "ship")
    assert [data.names[label] for label in data.t] == ["cat", "dog", "ship"] * 2
    np.testing.assert_array_equal(data.T.argmax(axis=1), data.t)
    np.testing.assert_array_equal(data.X[0], [[56, 231], [24, 1]])
    np.testing.assert_array_equal(data.X[3], [[56, 201], [22, -10]])
    np.testing.assert_array_equal(data.X.reshape(6, 4).sum(axis=1), [312, 174, 391, 269, 207, 395])


def test_gates_and_xor_are_right():
    tables = {"AND": np.logical_and, "OR": np.logical_or, "XOR": np.logical_xor}
    tables["NAND"] = lambda a, b: ~np.logical_and(a, b)
    assert datasets.gates().names == ("AND", "NAND", "OR")
    assert datasets.gates().X.shape == (4, 2)
    for gate in [*datasets.gates(), datasets.xor()]:
        assert gate.X.dtype == np.float64
        np.testing.assert_array_equal(gate.X, [[0, 0], [0, 1], [1, 0], [1, 1]])
        np.testing.assert_array_equal(gate.t, tables[gate.name](*(gate.X.T == 1)).astype(int))
        np.testing.assert_array_equal(gate.y, np.where(gate.t == 1, 1.0, -1.0))


def test_iris_is_fishers():
    data = datasets.iris()
    assert data.X.shape == (150, 4) and data.X.dtype == np.float64 and data.X.flags.c_contiguous
    np.testing.assert_array_equal(data.t, np.repeat([0, 1, 2], 50))
    assert data.names == ("setosa", "versicolor", "virginica")
    assert len(data.feature_names) == 4 and all(
        name.endswith("(cm)") for name in data.feature_names
    )
    np.testing.assert_allclose(
        data.X.mean(axis=0), [5.843333, 3.057333, 3.758, 1.199333], rtol=1e-6
    )
    # Where the UCI repository's file differs from the paper.
    np.testing.assert_array_equal(data.X[[34, 37]], [[4.9, 3.1, 1.5, 0.2], [4.9, 3.6, 1.4, 0.1]])


def test_digits_are_the_test_part_of_the_uci_digits():
    data = datasets.digits()
    assert data.X.shape == (1797, 64) and data.X.dtype == np.float64
    assert (data.X.min(), data.X.max()) == (0, 16)
    np.testing.assert_array_equal(data.X, data.X.round())
    # The numbers of each digit that the UCI repository states.
    counts = [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    np.testing.assert_array_equal(np.bincount(data.t), counts)
    assert data.names == tuple("0123456789") and data.image_shape == (8, 8)


@pytest.mark.parametrize("name", ["six_pictures", "xor", "iris", "digits"])
def test_changing_what_was_returned_changes_nothing_else(name):
    make = getattr(datasets, name)
    data = make()
    data.X[...] = -1
    data.t[...] = 0
    assert make().X.max() > 0 and make().t.max() > 0
    with pytest.raises(dataclasses.FrozenInstanceError):
        data.X = None


def test_data_files_state_their_licence():
    folder = importlib.resources.files("twoapples.datasets") / "data"
    shipped = {entry.name for entry in folder.iterdir()} - {"README.md"}
    text = (folder / "README.md").read_text("utf-8")
    assert shipped == {"iris.csv", "digits.npz"}
    assert all(f"## {name}" in text for name in shipped)
    for function in (datasets.iris, datasets.digits):
        (doi,) = re.findall(r"https://doi\.org/10\.24432/\w+", function.__doc__)
        assert doi in text and "CC BY 4.0" in function.__doc__
    for collection in (hosts.MNIST, hosts.FASHION_MNIST):
        size = f"{sum(file.size for file in collection.files) / 1e6:.1f} MB"
        assert re.search(rf"\| {collection.title} \| {re.escape(size)} \|", text)
        assert size in getattr(datasets, collection.function).__doc__


def test_importing_brings_no_network_and_no_data():
    program = "import sys, twoapples.datasets; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], text=True, capture_output=True, check=True
    )
    assert not {"urllib.request", "ssl", "ipywidgets"} & set(done.stdout.split())


# Split --------------------------------------------------------------------------------------------


def test_split_puts_each_case_into_one_part():
    data = datasets.iris()
    parts = data.split(0.2, np.random.default_rng(0))
    assert parts.X_train.shape == (120, 4) and parts.X_test.shape == (30, 4)
    assert parts.T_train.shape == (120, 3) and parts.T_test.shape == (30, 3)
    rows = np.column_stack([parts.X_train, parts.t_train])
    rows = np.concatenate([rows, np.column_stack([parts.X_test, parts.t_test])])
    before = np.column_stack([data.X, data.t])
    np.testing.assert_array_equal(rows[np.lexsort(rows.T)], before[np.lexsort(before.T)])
    again = data.split(0.2, np.random.default_rng(0))
    np.testing.assert_array_equal(parts.X_test, again.X_test)


@pytest.mark.parametrize("share", [0, 1, -0.5, 1.5])
def test_split_needs_cases_in_both_parts(share):
    with pytest.raises(ValueError, match="both parts"):
        datasets.iris().split(share, np.random.default_rng(0))


# Points -------------------------------------------------------------------------------------------

POINTS = {"moons": datasets.moons, "spirals": datasets.spirals, "circles": datasets.circles}


@pytest.mark.parametrize("make", POINTS.values(), ids=POINTS)
class TestPoints:
    def test_same_seed_same_points(self, make):
        first, second = (make(101, np.random.default_rng(3)) for _ in range(2))
        np.testing.assert_array_equal(first.X, second.X)
        assert first.X.shape == (101, 2) and first.X.dtype == np.float64
        assert not np.array_equal(first.X, make(101, np.random.default_rng(4)).X)

    def test_classes_are_balanced(self, make):
        data = make(101, np.random.default_rng(0))
        np.testing.assert_array_equal(np.bincount(data.t), [51, 50])
        assert len(data.names) == 2

    def test_noise_is_the_standard_deviation(self, make):
        clean = make(4000, np.random.default_rng(0), noise=0.0).X
        noisy = make(4000, np.random.default_rng(0), noise=0.2).X
        assert np.std(noisy - clean) == pytest.approx(0.2, rel=0.05)

    def test_nonsense_is_refused(self, make):
        with pytest.raises(ValueError, match="At least one point"):
            make(0, np.random.default_rng(0))
        with pytest.raises(ValueError, match="standard deviation"):
            make(5, np.random.default_rng(0), noise=-1)


def test_points_lie_on_their_curves():
    rng = np.random.default_rng(0)
    moons = datasets.moons(500, rng, noise=0.0)
    upper, lower = moons.X[moons.t == 0], moons.X[moons.t == 1]
    np.testing.assert_allclose(np.hypot(*upper.T), 1)
    np.testing.assert_allclose(np.hypot(*(lower - [1, 0.5]).T), 1)
    assert upper[:, 1].min() >= 0 and lower[:, 1].max() <= 0.5
    circles = datasets.circles(500, rng, noise=0.0, factor=0.3)
    np.testing.assert_allclose(np.hypot(*circles.X.T), np.where(circles.t == 0, 1, 0.3))
    spirals = datasets.spirals(600, rng, noise=0.0, arms=3, turns=1.5)
    radius, angle = np.hypot(*spirals.X.T), np.arctan2(*spirals.X.T[::-1])
    off = angle / (2 * np.pi) - 1.5 * radius - spirals.t / 3
    np.testing.assert_allclose(off, off.round(), atol=1e-9)
    assert len(spirals.names) == 3 and radius.max() <= 1


def test_impossible_curves_are_refused():
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="at least one arm"):
        datasets.spirals(5, rng, arms=0)
    with pytest.raises(ValueError, match="radius is between"):
        datasets.circles(5, rng, factor=1.0)


# IDX ----------------------------------------------------------------------------------------------


def idx(array):
    """Write an array of bytes in the IDX format."""
    header = bytes([0, 0, 8, array.ndim])
    return header + np.array(array.shape, ">u4").tobytes() + array.astype(np.uint8).tobytes()


PICTURES = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_idx_is_read(pack):
    array = read_idx(pack(idx(PICTURES)), 3, "f")
    np.testing.assert_array_equal(array, PICTURES)
    assert array.flags.writeable
    np.testing.assert_array_equal(read_idx(pack(idx(np.arange(5))), 1, "f"), np.arange(5))


BROKEN_IDX = {
    "empty": (b"", "no IDX file: it has 0 bytes"),
    "a web page": (b"<!DOCTYPE html><html>", "looks like a web page"),
    "something else": (b"PK\3\4abcd", "starts with the bytes 50 4b 03 04"),
    "other numbers": (b"\0\0\x0d\x03" + bytes(12), "holds 4-byte floats"),
    "unknown numbers": (b"\0\0\x55\x03" + bytes(12), "unknown type (0x55)"),
    "labels": (idx(np.arange(4)), "1 axes (labels), and 3 (pictures) are expected"),
    "half a header": (idx(PICTURES)[:9], "middle of its header"),
    "cut short": (
        idx(PICTURES)[:-1],
        "promises 2 × 3 × 4 = 24 numbers and has 23: it is cut short",
    ),
    "too long": (idx(PICTURES) + b"\0", "has 25: it is too long"),
    "a huge promise": (b"\0\0\x08\x03" + b"\xff" * 12, "has 0: it is cut short"),
    "gzip cut short": (gzip.compress(idx(PICTURES))[:-9], "gzip file ends too early"),
    "gzip damaged": (gzip.compress(idx(PICTURES))[:-8] + b"12345678", "cannot be unpacked"),
    "gzip of nonsense": (b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + b"\xff" * 20, "cannot be unpacked"),
}


@pytest.mark.parametrize(("content", "words"), BROKEN_IDX.values(), ids=BROKEN_IDX)
def test_broken_idx_is_refused_in_words(content, words):
    with pytest.raises(DatasetDamaged) as caught:
        read_idx(content, 3, "train-images")
    assert words in str(caught.value)
    assert str(caught.value).startswith("train-images")


# The known files ----------------------------------------------------------------------------------


@pytest.mark.parametrize("collection", [hosts.MNIST, hosts.FASHION_MNIST])
def test_what_is_known_of_the_files_is_well_formed(collection):
    assert len({file.name for file in collection.files}) == 4
    assert len({file.sha256 for file in collection.files}) == 4
    for file in collection.files:
        assert re.fullmatch(r"[0-9a-f]{64}", file.sha256)
    assert len(collection.names) == 10 and len(collection.mirrors) >= 2
    assert all(mirror.endswith("/") for mirror in collection.mirrors)
    assert callable(getattr(datasets, collection.function))


# A server on this machine -------------------------------------------------------------------------


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
    files = [
        RemoteFile(name, len(body), hashlib.sha256(body).hexdigest())
        for name, body in content.items()
    ]
    return Collection("Tiny MNIST", "mnist", *files, tuple(mirrors), tuple("0123456789"))


class Server:
    """Serves CONTENT on the loopback address, in the way that `behave` says."""

    def __init__(self):
        self.behave = whole
        self.asked = []  # (file name, Range header or None)
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                name = self.path.rpartition("/")[2]
                outer.asked.append((name, self.headers.get("Range")))
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

    def asked_for(self, name):
        return [ranges for asked, ranges in self.asked if asked == name]


def reply(handler, body, status=200, length=None, **headers):
    """Answer; a `length` that is not the body's makes the connection break off."""
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(body) if length is None else length))
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)
    handler.close_connection = True


def start_of(handler):
    asked = re.fullmatch(r"bytes=(\d+)-", handler.headers.get("Range") or "")
    return int(asked[1]) if asked else 0


def whole(handler, body):
    """A server without Range."""
    reply(handler, body)


def ranged(handler, body):
    """A server with Range."""
    start = start_of(handler)
    if not start:
        reply(handler, body)
    elif start >= len(body):
        reply(handler, b"", 416)
    else:
        reply(
            handler, body[start:], 206, Content_Range=f"bytes {start}-{len(body) - 1}/{len(body)}"
        )


def a_little(handler, body):
    """With Range, and each answer breaks off after a third of the file."""
    start = start_of(handler)
    piece = body[start : start + len(body) // 3]
    where = {"Content_Range": f"bytes {start}-{len(body) - 1}/{len(body)}"} if start else {}
    reply(handler, piece, 206 if start else 200, length=len(body) - start, **where)


def half_without_range(handler, body):
    reply(handler, body[: len(body) // 2], length=len(body))


def no_length(handler, body):
    """Ends too early, and never said how long it would be."""
    handler.send_response(200)
    handler.end_headers()
    handler.wfile.write(body[: len(body) // 2])
    handler.close_connection = True


def corrupt(handler, body):
    reply(handler, body[:-20] + bytes([body[-20] ^ 1]) + body[-19:])


def corrupt_with_range(handler, body):
    ranged(handler, body[:-20] + bytes([body[-20] ^ 1]) + body[-19:])


def too_long(handler, body):
    reply(handler, body + b"more")


def web_page(handler, body):
    reply(handler, b"<html>Please log in to this network</html>")


def wrong_range(handler, body):
    """Says 206, and sends another part than was asked for."""
    start = start_of(handler)
    if start:
        reply(handler, body, 206, Content_Range=f"bytes 0-{len(body) - 1}/{len(body)}")
    else:
        reply(handler, body)


def answers(status):
    def behave(handler, body):
        reply(handler, b"no", status)

    return behave


def hangs(handler, body):
    time.sleep(1)


def nonsense(handler, body):
    handler.wfile.write(b"this is not HTTP\r\n\r\n")
    handler.close_connection = True


@pytest.fixture
def serve(monkeypatch, tmp_path):
    """Start servers; the first is the only mirror of MNIST until a test says otherwise."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path / "data"))
    servers = []

    def start(*behaviours):
        started = []
        for behave in behaviours:
            server = Server()
            server.behave = behave
            started.append(server)
        servers.extend(started)
        mirrors = [server.address for server in started]
        monkeypatch.setattr(hosts, "MNIST", collection_of(CONTENT, mirrors))
        return started[0] if len(started) == 1 else started

    yield start
    for server in servers:
        server.stop()


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


def leave_part(content):
    folder().mkdir(parents=True)
    (folder() / f"{BIG}.part").write_bytes(content)


BAD = {
    "corrupt": (corrupt, "different SHA-256"),
    "corrupt with Range": (corrupt_with_range, "different SHA-256"),
    "too long": (too_long, "gave more than the"),
    "web page": (web_page, "gave more than the|broke off after"),
    "403": (answers(403), "answered 403 Forbidden"),
    "404": (answers(404), "answered 404 Not Found"),
    "500": (answers(500), "answered 500 Internal Server Error"),
    "hangs": (hangs, "no answer within 0.2 seconds"),
    "nonsense": (nonsense, "no connection"),
    "breaks off": (half_without_range, "broke off"),
}


class TestDownload:
    def test_nothing_is_downloaded_unless_asked(self, serve):
        server = serve(ranged)
        with pytest.raises(DatasetMissing) as caught:
            datasets.mnist()
        assert server.asked == [] and not data_folder().exists()
        text = str(caught.value)
        assert "mnist(download=True)" in text and str(folder()) in text and server.address in text
        assert all(name in text for name in CONTENT)

    @pytest.mark.parametrize("behave", [ranged, whole])
    def test_files_are_downloaded_once_and_kept(self, serve, behave, capsys):
        server = serve(behave)
        assert_is_whole(datasets.mnist(download=True))
        assert len(server.asked) == 4
        assert {path.name for path in folder().iterdir()} == set(CONTENT)
        assert str(folder()) in capsys.readouterr().out
        assert_is_whole(datasets.mnist(download=True))
        server.behave = answers(500)
        assert_is_whole(datasets.mnist())
        assert len(server.asked) == 4
        assert capsys.readouterr() == ("", "")

    def test_what_breaks_off_is_continued(self, serve):
        server = serve(a_little)
        assert_is_whole(datasets.mnist(download=True))
        third = len(CONTENT[BIG]) // 3
        assert server.asked_for(BIG)[:3] == [None, f"bytes={third}-", f"bytes={2 * third}-"]

    @pytest.mark.parametrize("behave", [half_without_range, no_length])
    def test_what_always_breaks_off_is_given_up(self, serve, behave):
        server = serve(behave)
        with pytest.raises(DownloadFailed, match=r"broke off after \d+ of \d+ bytes"):
            datasets.mnist(download=True, progress=False)
        assert 1 < len(server.asked) < 10
        assert not any(path.suffix == ".gz" for path in folder().iterdir())

    @pytest.mark.parametrize("behave", [ranged, whole, wrong_range])
    def test_a_part_left_earlier_is_used_or_replaced(self, serve, behave):
        server = serve(behave)
        leave_part(CONTENT[BIG][:1000])
        assert_is_whole(datasets.mnist(download=True))
        assert server.asked_for(BIG) == ["bytes=1000-"]

    def test_a_whole_part_needs_no_network(self, serve):
        server = serve(ranged)
        leave_part(CONTENT[BIG])
        assert_is_whole(datasets.mnist(download=True))
        assert server.asked_for(BIG) == []

    @pytest.mark.parametrize("rest", [b"?" * 1000, b"?" * len(CONTENT[BIG]), b"?" * 10_000])
    @pytest.mark.parametrize("behave", [ranged, whole])
    def test_a_wrong_part_left_earlier_is_thrown_away(self, serve, behave, rest):
        serve(behave)
        leave_part(rest)
        assert_is_whole(datasets.mnist(download=True))

    def test_a_host_that_cannot_continue_is_asked_for_the_whole(self, serve):
        def behave(handler, body):
            reply(handler, b"", 416) if handler.headers.get("Range") else reply(handler, body)

        serve(behave)
        leave_part(CONTENT[BIG][:1000])
        assert_is_whole(datasets.mnist(download=True))

    @pytest.mark.parametrize(("behave", "words"), BAD.values(), ids=BAD)
    def test_a_bad_host_is_named_and_another_one_asked(self, serve, behave, words, monkeypatch):
        monkeypatch.setattr(downloading, "_PATIENCE", 0.2)
        bad = serve(behave)
        with pytest.raises(DownloadFailed) as caught:
            datasets.mnist(download=True, progress=False)
        text = str(caught.value)
        assert re.search(words, text) and bad.address in text and "by hand" in text
        assert str(folder()) in text and "source=" in text
        with pytest.raises(DatasetMissing):
            datasets.mnist()

        bad, good = serve(behave, ranged)
        assert_is_whole(datasets.mnist(download=True, progress=False))
        assert bad.asked and good.asked
        assert {path.name for path in folder().iterdir()} == set(CONTENT)

    def test_another_host_continues_what_one_began(self, serve):
        began, continued = serve(a_little, ranged)
        began.behave = lambda handler, body: (
            answers(503)(handler, body) if handler.headers.get("Range") else a_little(handler, body)
        )
        assert_is_whole(datasets.mnist(download=True))
        assert continued.asked_for(BIG) == [f"bytes={len(CONTENT[BIG]) // 3}-"]

    def test_without_network_the_error_says_what_to_do(self, serve):
        server = serve(ranged)
        server.stop()
        with pytest.raises(DownloadFailed) as caught:
            datasets.mnist(download=True, progress=False)
        assert "no connection" in str(caught.value) and "by hand" in str(caught.value)
        assert isinstance(caught.value, DatasetError)

    def test_mirrors_of_ones_own(self, serve):
        usual, own = serve(answers(500), ranged)
        assert_is_whole(datasets.mnist(download=True, mirrors=[own.address.rstrip("/")]))
        assert usual.asked == []
        for path in folder().iterdir():
            path.unlink()
        assert_is_whole(datasets.mnist(download=True, mirrors=own.address))
        assert usual.asked == []

    def test_no_mirrors(self, serve):
        serve(ranged)
        with pytest.raises(DownloadFailed, match="no address"):
            datasets.mnist(download=True, mirrors=[], progress=False)

    def test_an_address_that_is_none(self, serve):
        serve(ranged)
        with pytest.raises(DownloadFailed, match="unknown url type"):
            datasets.mnist(download=True, mirrors=["server"], progress=False)

    def test_a_damaged_file_is_noticed_and_replaced(self, serve):
        server = serve(ranged)
        datasets.mnist(download=True)
        path = folder() / BIG
        path.write_bytes(path.read_bytes()[:-1])
        with pytest.raises(DatasetDamaged, match=r"(?s)SHA-256.*download=True"):
            datasets.mnist()
        assert_is_whole(datasets.mnist(download=True))
        assert len(server.asked_for(BIG)) == 2 and len(server.asked) == 5

    def test_a_file_put_there_by_hand_is_found(self, serve):
        serve(answers(500))
        folder().mkdir(parents=True)
        for name, body in CONTENT.items():
            (folder() / name).write_bytes(body)
        assert_is_whole(datasets.mnist())

    def test_a_folder_that_cannot_be_written_is_named(self, serve, tmp_path, monkeypatch):
        serve(ranged)
        (tmp_path / "file").write_text("in the way")
        monkeypatch.setenv(cache.VARIABLE, str(tmp_path / "file"))
        with pytest.raises(DownloadFailed, match=cache.VARIABLE):
            datasets.mnist(download=True, progress=False)

    def test_an_interrupted_download_goes_on_next_time(self, serve, monkeypatch):
        server = serve(ranged)
        monkeypatch.setattr(downloading, "_CHUNK", 500)

        class Interrupting:
            def update(self, name, done, total):
                if name == BIG and done >= 1000:
                    raise KeyboardInterrupt

            def close(self):
                pass

        with monkeypatch.context() as patch:
            patch.setattr(reporting, "new_progress", Interrupting)
            with pytest.raises(KeyboardInterrupt):
                datasets.mnist(download=True)
        assert_is_whole(datasets.mnist(download=True))
        assert server.asked_for(BIG) == [None, "bytes=1000-"]


# Files of one's own -------------------------------------------------------------------------------


@pytest.fixture
def own(serve, tmp_path):
    """A folder with the four files, and no network."""
    serve(answers(500)).stop()
    place = tmp_path / "own"
    place.mkdir()
    for name, body in CONTENT.items():
        (place / name).write_bytes(body)
    return place


MIXED_UP = {
    "labels for pictures": (BIG, np.arange(60), "Are two files mixed up"),
    "too few labels": (
        "train-labels-idx1-ubyte.gz",
        np.arange(9),
        "60 pictures, but .* 9 labels",
    ),
    "no such label": (
        "t10k-labels-idx1-ubyte.gz",
        np.arange(20),
        "has a label 19: .* end at 9",
    ),
    "other pictures": ("t10k-images-idx3-ubyte.gz", np.zeros((20, 8, 8)), "7 × 7 .* 8 × 8"),
    "no pictures": (BIG, np.zeros((0, 7, 7)), "has no pictures"),
}


class TestSource:
    def test_a_folder(self, own):
        assert_is_whole(datasets.mnist(source=own))
        assert_is_whole(datasets.mnist(source=str(own)))
        assert_is_whole(datasets.fashion_mnist(source=own))
        assert not data_folder().exists()

    def test_one_of_the_files(self, own):
        assert_is_whole(datasets.mnist(source=own / BIG))

    def test_a_folder_below_home(self, own, monkeypatch):
        for variable in ("HOME", "USERPROFILE"):
            monkeypatch.setenv(variable, str(own.parent))
        assert_is_whole(datasets.mnist(source="~/own"))

    @pytest.mark.parametrize("dash", ["-idx", ".idx"])
    def test_unpacked_files(self, own, dash):
        for path in list(own.iterdir()):
            name = path.name.removesuffix(".gz").replace("-idx", dash)
            (own / name).write_bytes(gzip.decompress(path.read_bytes()))
            path.unlink()
        assert_is_whole(datasets.mnist(source=own))

    def test_npz(self, own):
        data = datasets.mnist(source=own)
        arrays = {
            "x_train": data.X_train.reshape(-1, 7, 7),
            "y_train": data.t_train.astype(np.uint8),
            "x_test": data.X_test.reshape(-1, 7, 7),
            "y_test": data.t_test.astype(np.uint8),
        }
        np.savez(own / "mnist.npz", **arrays)
        assert_is_whole(datasets.mnist(source=own / "mnist.npz"))
        np.savez(own / "floats.npz", **arrays | {"x_train": arrays["x_train"] / 255})
        with pytest.raises(DatasetDamaged, match=r"x_train of .* is float64 of shape \(60, 7, 7\)"):
            datasets.mnist(source=own / "floats.npz")
        np.savez(own / "part.npz", x_train=arrays["x_train"])
        with pytest.raises(DatasetDamaged, match="has no y_train, x_test, y_test"):
            datasets.mnist(source=own / "part.npz")

    @pytest.mark.parametrize("content", [b"", b"PK\3\4junk", b"junk"])
    def test_broken_npz(self, own, content):
        (own / "a.npz").write_bytes(content)
        with pytest.raises(DatasetDamaged, match="cannot be read"):
            datasets.mnist(source=own / "a.npz")

    def test_an_npy_under_the_name_of_an_npz(self, own):
        buffer = io.BytesIO()
        np.save(buffer, np.zeros(3))
        (own / "a.npz").write_bytes(buffer.getvalue())
        with pytest.raises(DatasetDamaged, match="cannot be read"):
            datasets.mnist(source=own / "a.npz")

    def test_no_such_folder(self, own):
        with pytest.raises(DatasetMissing, match=r"nowhere does not exist.*is a folder with"):
            datasets.mnist(source=own / "nowhere")

    def test_a_missing_file(self, own):
        (own / BIG).unlink()
        with pytest.raises(DatasetMissing, match=f"has no {BIG}"):
            datasets.mnist(source=own)

    @pytest.mark.parametrize(("name", "array", "words"), MIXED_UP.values(), ids=MIXED_UP)
    def test_files_that_do_not_fit(self, own, name, array, words):
        (own / name).write_bytes(gzip.compress(idx(array)))
        with pytest.raises(DatasetDamaged, match=words):
            datasets.mnist(source=own)

    def test_damage_is_told_with_the_path(self, own):
        (own / BIG).write_bytes(CONTENT[BIG][:-20])
        with pytest.raises(DatasetDamaged) as caught:
            datasets.mnist(source=own)
        assert str(own / BIG) in str(caught.value)


# Folder and progress ------------------------------------------------------------------------------


def test_the_folder_is_the_named_one_or_the_users_cache(monkeypatch, tmp_path):
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path))
    assert data_folder() == tmp_path
    monkeypatch.setenv(cache.VARIABLE, os.path.join("~", "x"))
    assert data_folder() == Path.home() / "x"
    monkeypatch.delenv(cache.VARIABLE)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "local"))
    assert cache._caches("linux") == tmp_path / "xdg"
    assert cache._caches("win32") == tmp_path / "local"
    assert cache._caches("darwin") == Path.home() / "Library" / "Caches"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.delenv("LOCALAPPDATA")
    assert cache._caches("linux") == Path.home() / ".cache"
    assert cache._caches("win32") == Path.home() / "AppData" / "Local"
    assert data_folder().name == "twoapples"


def test_progress_in_a_file_is_two_lines_a_file(capsys):
    shown = reporting.new_progress()
    for done in (0, 400_000, 1_500_000, 2_000_000):
        shown.update("a.gz", done, 2_000_000)
    shown.update("b.gz", 0, 2_000)
    shown.update("b.gz", 2_000, 2_000)
    shown.close()
    assert capsys.readouterr().out.splitlines() == [
        "a.gz: 0.0 of 2.0 MB",
        "a.gz: 2.0 of 2.0 MB",
        "b.gz: 0.0 of 2.0 kB",
        "b.gz: 2.0 of 2.0 kB",
    ]


def test_progress_in_a_terminal_writes_over_its_line(capsys, monkeypatch):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    shown = reporting.Text()
    for done in (0, 1, 1_000_000, 2_000_000):
        shown.update("a.gz", done, 2_000_000)
    shown.update("b.gz", 0, 2_000)
    shown.close()
    out = capsys.readouterr().out
    assert out.count("\r") == 4 and out.count("\n") == 2 and "\ra.gz: 1.0 of 2.0 MB" in out


def test_progress_in_a_notebook_is_a_bar_with_words(monkeypatch):
    import IPython
    import IPython.display

    shown = []
    monkeypatch.setattr(IPython, "get_ipython", lambda: type("Shell", (), {"kernel": None})())
    monkeypatch.setattr(IPython.display, "display", shown.append)
    bar = reporting.new_progress()
    assert isinstance(bar, reporting.Bar) and not shown
    bar.update("a.gz", 500_000, 2_000_000)
    bar.update("a.gz", 500_001, 2_000_000)
    widget, words = shown[0].children
    assert len(shown) == 1 and widget.value == 500_000 and words.value == "a.gz: 0.5 of 2.0 MB"
    bar.update("a.gz", 2_000_000, 2_000_000)
    bar.close()
    assert widget.bar_style == "success" and widget.value == widget.max


def test_content_of_the_tests_is_what_it_is_taken_for():
    assert len(CONTENT[BIG]) > 2000 and zlib.decompress(CONTENT[BIG], 31)[:4] == b"\0\0\x08\x03"
