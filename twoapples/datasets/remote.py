"""MNIST and Fashion-MNIST: read from this machine, downloaded only when you say so."""

from __future__ import annotations

import hashlib
import os
import zipfile
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from twoapples.datasets import hosts
from twoapples.datasets.cache import data_folder
from twoapples.datasets.errors import DatasetDamaged, DatasetMissing
from twoapples.datasets.hosts import Collection
from twoapples.datasets.idx import read_idx
from twoapples.datasets.records import SplitDataset

_Named = tuple[NDArray[np.uint8], str]  # an array, and what to call it in an error


def mnist(
    *,
    download: bool = False,
    source: str | os.PathLike[str] | None = None,
    mirrors: Sequence[str] | None = None,
    progress: bool = True,
) -> SplitDataset:
    """Return MNIST: 70,000 handwritten digits of 28 × 28 pixels.

    Parameters
    ----------
    download : bool
        Whether to download what is not on this machine yet: 11.6 MB, once. The files are kept in
        `data_folder` and checked by their SHA-256. Needs the package pooch; without `download`
        nothing is ever downloaded.
    source : path, optional
        Read these files instead, and use no network: a folder with the four IDX files (gzipped or
        not, in any size), or an .npz file with ``x_train, y_train, x_test, y_test``. Their form is
        checked, their SHA-256 is not.
    mirrors : sequence of str, optional
        Addresses to download from instead of the usual ones: a server of your school, say. The
        files must be the same ones.
    progress : bool
        Whether to show how far a download is (with a bar where the package tqdm is installed).

    Returns
    -------
    SplitDataset
        `X_train` is uint8 of shape (60000, 784), `X_test` uint8 of shape (10000, 784): a picture a
        row, grey values 0 (background) to 255 (ink). `t_train`, `t_test` are int64 of shape
        (60000,) and (10000,): the digit. ``X_train[n].reshape(28, 28)`` is a picture.

    Raises
    ------
    DatasetMissing
        If the files are not here and `download` is False.
    DownloadFailed
        If no host gave them, or pooch is missing. The text says how to get them by hand.
    DatasetDamaged
        If a file does not hold what it should.

    Notes
    -----
    Bytes are small (47 MB) but wrap around in arithmetic: ``X_train - 300`` is not what you want.
    ``X_train / 255`` gives float64 values from 0 to 1 (and takes 376 MB for all 60,000).

    LeCun, Y., Cortes, C. & Burges, C. J. C.: The MNIST database of handwritten digits. Its authors
    hold the copyright; it is offered under CC BY-SA 3.0, as its distributors state.
    """
    return _load(hosts.MNIST, download, source, mirrors, progress)


def fashion_mnist(
    *,
    download: bool = False,
    source: str | os.PathLike[str] | None = None,
    mirrors: Sequence[str] | None = None,
    progress: bool = True,
) -> SplitDataset:
    """Return Fashion-MNIST: 70,000 pictures of clothes, 28 × 28 pixels, ten kinds.

    Parameters
    ----------
    download, source, mirrors, progress
        As for `mnist`; the download is 30.9 MB.

    Returns
    -------
    SplitDataset
        As for `mnist`. `names` are "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal",
        "Shirt", "Sneaker", "Bag" and "Ankle boot".

    Raises
    ------
    DatasetMissing, DownloadFailed, DatasetDamaged
        As for `mnist`.

    Notes
    -----
    Xiao, H., Rasul, K. & Vollgraf, R. (2017). Fashion-MNIST: a Novel Image Dataset for Benchmarking
    Machine Learning Algorithms. arXiv:1708.07747. Copyright Zalando SE, MIT License.
    """
    return _load(hosts.FASHION_MNIST, download, source, mirrors, progress)


def _load(
    collection: Collection,
    download: bool,
    source: str | os.PathLike[str] | None,
    mirrors: Sequence[str] | None,
    progress: bool,
) -> SplitDataset:
    if source is not None:
        return _from_source(collection, Path(source).expanduser())
    folder = data_folder() / collection.function
    if download and not all(_is_whole(folder / name, collection) for name in collection.sha256):
        from twoapples.datasets.download import fetch  # brings ssl, which nothing else here needs

        mirrors = collection.mirrors if mirrors is None else mirrors
        fetch(collection, [mirrors] if isinstance(mirrors, str) else mirrors, folder, progress)
    return _from_cache(collection, folder)


# From the cache ----------------------------------------------------------------------------------


def _from_cache(collection: Collection, folder: Path) -> SplitDataset:
    missing = [name for name in collection.sha256 if not (folder / name).is_file()]
    if missing:
        raise DatasetMissing(
            f"{collection.title} is not on this machine ({', '.join(missing)} not found in "
            f"{folder}).\nTo download it, {collection.megabytes} MB, once:\n"
            f"  {collection.function}(download=True)\n{collection.by_hand(folder)}"
        )

    def find(name: str) -> tuple[bytes, str]:
        path = folder / name
        content = path.read_bytes()
        # What is checked is what is read: a file that changes in between does no harm.
        if hashlib.sha256(content).hexdigest() != collection.sha256[name]:
            raise DatasetDamaged(
                f"{path} is not the {name} of {collection.title}, or not whole: its SHA-256 "
                f"is a different one.\nTo download it again:\n"
                f"  {collection.function}(download=True)\n{collection.by_hand(folder)}"
            )
        return content, str(path)

    return _read(collection, find)


def _is_whole(path: Path, collection: Collection) -> bool:
    if not path.is_file():
        return False
    return hashlib.sha256(path.read_bytes()).hexdigest() == collection.sha256[path.name]


# From files of the user's choice -----------------------------------------------------------------


def _from_source(collection: Collection, source: Path) -> SplitDataset:
    if source.is_file() and source.suffix == ".npz":
        return _from_npz(collection, source)
    if source.is_file():  # one of the four: the others are expected beside it
        source = source.parent
    if not source.is_dir():
        raise DatasetMissing(f"{source} does not exist. {_accepted(collection)}")

    def find(name: str) -> tuple[bytes, str]:
        unzipped = name.removesuffix(".gz")
        # Some copies have a dot where the originals have a dash.
        for path in (source / name, source / unzipped, source / unzipped.replace("-idx", ".idx")):
            if path.is_file():
                return path.read_bytes(), str(path)
        raise DatasetMissing(f"{source} has no {name}. {_accepted(collection)}")

    return _read(collection, find)


def _accepted(collection: Collection) -> str:
    names = ", ".join(collection.sha256)
    return (
        f"`source` is a folder with the files {names} (or the same names without .gz, unpacked), "
        f"or an .npz file with x_train, y_train, x_test and y_test."
    )


def _from_npz(collection: Collection, path: Path) -> SplitDataset:
    fields = ("x_train", "y_train", "x_test", "y_test")
    try:
        with np.load(path, allow_pickle=False) as archive:
            absent = [field for field in fields if field not in archive]
            if absent:
                raise DatasetDamaged(f"{path} has no {', '.join(absent)}. {_accepted(collection)}")
            arrays = [np.array(archive[field]) for field in fields]
    except (OSError, ValueError, EOFError, TypeError, zipfile.BadZipFile, zlib.error) as error:
        raise DatasetDamaged(f"{path} cannot be read: {error}") from error
    for field, array, axes in zip(fields, arrays, (3, 1, 3, 1), strict=True):
        if array.dtype != np.uint8 or array.ndim != axes:
            raise DatasetDamaged(
                f"{field} of {path} is {array.dtype} of shape {array.shape}, and uint8 with {axes} "
                f"axes is expected."
            )
    named = [(array, f"{field} of {path}") for field, array in zip(fields, arrays, strict=True)]
    return _assemble(collection, named)


# Putting the arrays together ---------------------------------------------------------------------


def _read(collection: Collection, find: Callable[[str], tuple[bytes, str]]) -> SplitDataset:
    """Read the four files wherever they are: `find` gives their bytes, and where they are."""

    def read(name: str, axes: int) -> _Named:
        content, where = find(name)
        return read_idx(content, axes, where), where

    train = [read(hosts.TRAIN_IMAGES, 3), read(hosts.TRAIN_LABELS, 1)]
    return _assemble(collection, [*train, read(hosts.TEST_IMAGES, 3), read(hosts.TEST_LABELS, 1)])


def _assemble(collection: Collection, arrays: Sequence[_Named]) -> SplitDataset:
    """Put pictures and labels together, to learn from and then to test with, if they fit."""
    for (pictures, of_pictures), (labels, of_labels) in (arrays[:2], arrays[2:]):
        if pictures.size == 0:
            raise DatasetDamaged(f"{of_pictures} has no pictures.")
        if len(pictures) != len(labels):
            raise DatasetDamaged(
                f"{of_pictures} has {len(pictures)} pictures, but {of_labels} has {len(labels)} "
                f"labels."
            )
        if labels.max() >= len(collection.names):
            raise DatasetDamaged(
                f"{of_labels} has a label {labels.max()}: {collection.title}'s labels end at "
                f"{len(collection.names) - 1}."
            )
    X_train, t_train, X_test, t_test = (array for array, _ in arrays)
    image_shape = X_train.shape[1:]
    if X_test.shape[1:] != image_shape:
        raise DatasetDamaged(
            f"The pictures to learn from have {' × '.join(map(str, image_shape))} pixels, those to "
            f"test with {' × '.join(map(str, X_test.shape[1:]))}: they are not of one dataset."
        )
    return SplitDataset(
        X_train=X_train.reshape(len(X_train), -1),
        t_train=t_train.astype(np.int64),
        X_test=X_test.reshape(len(X_test), -1),
        t_test=t_test.astype(np.int64),
        names=collection.names,
        image_shape=image_shape,
    )
