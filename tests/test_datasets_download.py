"""Data that is downloaded from a server that misbehaves, or read from files of one's own."""

import builtins
import gzip
import io
import logging
import re
import sys
import zlib

import numpy as np
import pytest
from dataset_server import (
    BIG,
    CONTENT,
    Server,
    answers,
    assert_is_whole,
    breaks_off,
    collection_of,
    corrupt,
    folder,
    hangs,
    idx,
    no_length,
    nonsense,
    too_long,
    web_page,
    whole,
)

from twoapples import datasets
from twoapples.datasets import (
    DatasetDamaged,
    DatasetError,
    DatasetMissing,
    DownloadFailed,
    cache,
    data_folder,
    download,
    hosts,
)


@pytest.fixture
def serve(monkeypatch, tmp_path):
    """Start servers; the first is the only mirror of MNIST until a test says otherwise."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path / "data"))
    monkeypatch.setattr(download, "_RETRIES", 0)  # each would wait a second
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


NOT_THE_FILE = "does not match the known hash.*Deleted download"
BAD = {
    "corrupt": (corrupt, NOT_THE_FILE),
    "too long": (too_long, NOT_THE_FILE),
    "web page": (web_page, NOT_THE_FILE),
    "cut short": (no_length, NOT_THE_FILE),
    "403": (answers(403), "answered 403 Forbidden"),
    "404": (answers(404), "answered 404 Not Found"),
    "500": (answers(500), "answered 500 Internal Server Error"),
    "hangs": (hangs, "no answer within 0.2 seconds"),
    "nonsense": (nonsense, "no connection"),
    "breaks off": (breaks_off, "broke off"),
}


class TestDownload:
    def test_nothing_is_downloaded_unless_asked(self, serve):
        server = serve(whole)
        with pytest.raises(DatasetMissing) as caught:
            datasets.mnist()
        assert server.asked == [] and not data_folder().exists()
        text = str(caught.value)
        assert "mnist(download=True)" in text and str(folder()) in text and server.address in text
        assert all(name in text for name in CONTENT)

    def test_files_are_downloaded_once_and_kept(self, serve, capsys):
        server = serve(whole)
        assert_is_whole(datasets.mnist(download=True))
        assert len(server.asked) == 4
        assert {path.name for path in folder().iterdir()} == set(CONTENT)
        shown = capsys.readouterr()
        assert shown.out == f"Downloading Tiny MNIST, 0.1 MB, into {folder()}\n"
        assert shown.err.count("100%") == 4 and "hash" not in shown.err
        assert_is_whole(datasets.mnist(download=True))
        server.behave = answers(500)
        assert_is_whole(datasets.mnist())
        assert len(server.asked) == 4
        assert capsys.readouterr() == ("", "")

    def test_a_download_may_be_silent_or_have_no_bar(self, serve, capsys, monkeypatch):
        serve(whole)
        monkeypatch.setitem(sys.modules, "tqdm", None)
        monkeypatch.setattr("pooch.downloaders.tqdm", None)
        monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
        assert_is_whole(datasets.mnist(download=True))
        assert capsys.readouterr() == (f"Downloading Tiny MNIST, 0.1 MB, into {folder()}\n", "")
        (folder() / BIG).unlink()
        assert_is_whole(datasets.mnist(download=True, progress=False))
        assert capsys.readouterr() == ("", "")

    def test_a_host_is_asked_again(self, serve, monkeypatch):
        monkeypatch.setattr(download, "_RETRIES", 1)
        server = serve(whole)
        server.behave = lambda handler, body: (whole if len(server.asked) > 1 else breaks_off)(
            handler, body
        )
        assert_is_whole(datasets.mnist(download=True))
        assert len(server.asked) == 5

    @pytest.mark.parametrize(("behave", "words"), BAD.values(), ids=BAD)
    def test_a_bad_host_is_named_and_another_one_asked(self, serve, behave, words, monkeypatch):
        monkeypatch.setattr(download, "_PATIENCE", 0.2)
        bad = serve(behave)
        with pytest.raises(DownloadFailed) as caught:
            datasets.mnist(download=True, progress=False)
        text = str(caught.value)
        assert re.search(f"{re.escape(bad.address)}{BIG}: .*{words}", text) and "by hand" in text
        assert str(folder()) in text and "source=" in text
        assert not any(folder().iterdir())
        with pytest.raises(DatasetMissing):
            datasets.mnist()

        bad, good = serve(behave, whole)
        assert_is_whole(datasets.mnist(download=True, progress=False))
        assert bad.asked and good.asked
        assert {path.name for path in folder().iterdir()} == set(CONTENT)

    def test_what_one_host_gave_is_not_asked_of_the_next(self, serve):
        began, ended = serve(whole, whole)
        began.behave = lambda handler, body: (whole if len(began.asked) < 3 else answers(503))(
            handler, body
        )
        assert_is_whole(datasets.mnist(download=True))
        assert began.asked + ended.asked == [*list(CONTENT)[:3], *list(CONTENT)[2:]]

    def test_without_network_the_error_says_what_to_do(self, serve):
        server = serve(whole)
        server.stop()
        with pytest.raises(DownloadFailed) as caught:
            datasets.mnist(download=True, progress=False)
        assert re.search(r"no connection \(.*refused", str(caught.value))
        assert "by hand" in str(caught.value)
        assert isinstance(caught.value, DatasetError)

    def test_mirrors_of_ones_own(self, serve):
        usual, own = serve(answers(500), whole)
        assert_is_whole(datasets.mnist(download=True, mirrors=[own.address.rstrip("/")]))
        assert usual.asked == []
        for path in folder().iterdir():
            path.unlink()
        assert_is_whole(datasets.mnist(download=True, mirrors=own.address))
        assert usual.asked == []

    @pytest.mark.parametrize(
        ("mirrors", "words"), [([], "no address"), (["server"], "Invalid URL 'server/")]
    )
    def test_no_mirrors_and_an_address_that_is_none(self, serve, mirrors, words):
        serve(whole)
        with pytest.raises(DownloadFailed, match=words):
            datasets.mnist(download=True, mirrors=mirrors, progress=False)

    def test_a_damaged_file_is_noticed_and_replaced(self, serve):
        server = serve(whole)
        datasets.mnist(download=True)
        path = folder() / BIG
        path.write_bytes(path.read_bytes()[:-1])
        with pytest.raises(DatasetDamaged, match=r"(?s)SHA-256.*download=True"):
            datasets.mnist()
        assert_is_whole(datasets.mnist(download=True))
        assert server.asked.count(BIG) == 2 and len(server.asked) == 5

    def test_files_put_there_by_hand_are_found_without_pooch(self, serve, monkeypatch):
        serve(answers(500))
        monkeypatch.setitem(sys.modules, "pooch", None)
        with pytest.raises(DownloadFailed, match=r"%pip install pooch") as caught:
            datasets.mnist(download=True)
        assert "by hand" in str(caught.value) and not folder().exists()
        folder().mkdir(parents=True)
        for name, body in CONTENT.items():
            (folder() / name).write_bytes(body)
        assert_is_whole(datasets.mnist())
        assert_is_whole(datasets.mnist(download=True))

    def test_a_folder_that_cannot_be_written_is_named(self, serve, tmp_path, monkeypatch):
        serve(whole)
        (tmp_path / "file").write_text("in the way")
        monkeypatch.setenv(cache.VARIABLE, str(tmp_path / "file"))
        with pytest.raises(DownloadFailed, match=f"(?s)cannot be kept in .*{cache.VARIABLE}"):
            datasets.mnist(download=True, progress=False)

    def test_a_full_disk_is_no_fault_of_the_host(self, serve, monkeypatch):
        server = serve(whole)

        def full(path, mode="r", *rest, **options):
            if "w" in mode:
                raise OSError(28, "No space left on device")
            return open_(path, mode, *rest, **options)

        open_ = builtins.open
        monkeypatch.setattr(builtins, "open", full)
        with pytest.raises(DownloadFailed, match=r"cannot be kept in .*No space left"):
            datasets.mnist(download=True, progress=False)
        assert server.asked == [] and not any(folder().iterdir())

    def test_pooch_logs_as_before_for_others(self, serve):
        import pooch

        pooch.get_logger().setLevel(logging.INFO)
        serve(whole)
        datasets.mnist(download=True, progress=False)
        assert pooch.get_logger().level == logging.INFO


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


def test_content_of_the_tests_is_what_it_is_taken_for():
    assert len(CONTENT[BIG]) > 2000 and zlib.decompress(CONTENT[BIG], 31)[:4] == b"\0\0\x08\x03"
