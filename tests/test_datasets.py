"""Data: the numbers of the seeds, what is shipped, IDX files, the folder, words of progress."""

import dataclasses
import gzip
import importlib.resources
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from dataset_server import idx

from twoapples import datasets
from twoapples.datasets import DatasetDamaged, cache, data_folder, hosts
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
        size = f"{collection.megabytes} MB"
        assert re.search(rf"\| {collection.title} \| {re.escape(size)} \|", text)
        assert size in getattr(datasets, collection.function).__doc__


def test_importing_brings_no_network_and_no_data():
    program = "import sys, twoapples.datasets; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], text=True, capture_output=True, check=True
    )
    assert not {"urllib.request", "ssl", "ipywidgets", "pooch", "requests"} & set(
        done.stdout.split()
    )


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
    assert len(collection.sha256) == len(set(collection.sha256.values())) == 4
    assert all(re.fullmatch(r"[0-9a-f]{64}", sum_) for sum_ in collection.sha256.values())
    assert len(collection.names) == 10 and len(collection.mirrors) >= 2
    assert all(mirror.endswith("/") for mirror in collection.mirrors)
    assert callable(getattr(datasets, collection.function))


# Folder -----------------------------------------------------------------------------------------


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
