"""MNIST and Fashion-MNIST: read from this machine, downloaded only when you say so."""

from __future__ import annotations

import hashlib
import os
import zipfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from twoapples.datasets import hosts
from twoapples.datasets.cache import VARIABLE, data_folder
from twoapples.datasets.errors import DatasetDamaged, DatasetMissing, DownloadFailed
from twoapples.datasets.hosts import Collection, RemoteFile
from twoapples.datasets.idx import read_idx
from twoapples.datasets.records import Labels, SplitDataset

# Finds one of the four files: gives its content, and what to call it in an error.
_Find = Callable[[RemoteFile], tuple[bytes, str]]


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
        `data_folder` and checked by their SHA-256; a download that was interrupted goes on where it
        stopped. Without this nothing is ever downloaded.
    source : path, optional
        Read these files instead, and use no network: a folder with the four IDX files (gzipped or
        not, in any size), or an .npz file with ``x_train, y_train, x_test, y_test``. Their form is
        checked, their SHA-256 is not.
    mirrors : sequence of str, optional
        Addresses to download from instead of the usual ones: a server of your school, say. The
        files must be the same ones.
    progress : bool
        Whether to show how far a download is.

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
        If no host gave them. The text says how to get them by hand.
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
    if download:
        if mirrors is None:
            mirrors = collection.mirrors
        elif isinstance(mirrors, str):
            mirrors = [mirrors]
        _download(collection, folder, mirrors, progress)
    return _from_cache(collection, folder)


# From the cache ----------------------------------------------------------------------------------


def _from_cache(collection: Collection, folder: Path) -> SplitDataset:
    missing = [file.name for file in collection.files if not (folder / file.name).is_file()]
    if missing:
        raise DatasetMissing(
            f"{collection.title} is not on this machine ({', '.join(missing)} not found in "
            f"{folder}).\nTo download it, {_megabytes(collection)}, once:\n"
            f"  {collection.function}(download=True)\n{_by_hand(collection, folder)}"
        )

    def find(file: RemoteFile) -> tuple[bytes, str]:
        path = folder / file.name
        content = path.read_bytes()
        # What is checked is what is read: a file that changes in between does no harm.
        if hashlib.sha256(content).hexdigest() != file.sha256:
            raise DatasetDamaged(
                f"{path} is not the {file.name} of {collection.title}, or not whole: its SHA-256 "
                f"is a different one.\nTo download it again:\n"
                f"  {collection.function}(download=True)\n{_by_hand(collection, folder)}"
            )
        return content, str(path)

    return _read(collection, find)


def _download(
    collection: Collection, folder: Path, mirrors: Sequence[str], show_progress: bool
) -> None:
    """Bring the files that are not in the folder, or not whole."""
    # Not at the top: these modules bring urllib, ssl and ipywidgets, which nothing else here needs.
    from twoapples.datasets.download import fetch
    from twoapples.datasets.progress import Silent, new_progress

    wanted = [file for file in collection.files if not _is_whole(folder / file.name, file)]
    if not wanted:
        return
    if show_progress:
        print(f"Downloading {collection.title} into {folder}")
    progress = new_progress() if show_progress else Silent()
    try:
        for file in wanted:
            fetch(file, mirrors, folder, progress)
    except DownloadFailed as failure:
        raise DownloadFailed(
            f"{collection.title} could not be downloaded. What was tried:\n{failure}\n"
            f"If this machine is connected to the internet, try again later: what has arrived is "
            f"kept.\n{_by_hand(collection, folder)}"
        ) from None
    except OSError as error:
        raise DownloadFailed(
            f"{collection.title} cannot be kept in {folder}: {error}.\nSet the environment "
            f"variable {VARIABLE} to a folder that you may write to."
        ) from error
    finally:
        progress.close()


def _is_whole(path: Path, file: RemoteFile) -> bool:
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == file.sha256


# From files of the user's choice -----------------------------------------------------------------


def _from_source(collection: Collection, source: Path) -> SplitDataset:
    if source.is_file() and source.suffix == ".npz":
        return _from_npz(collection, source)
    if source.is_file():  # one of the four: the others are expected beside it
        source = source.parent
    if not source.is_dir():
        raise DatasetMissing(f"{source} does not exist. {_accepted(collection)}")

    def find(file: RemoteFile) -> tuple[bytes, str]:
        unzipped = file.name.removesuffix(".gz")
        # Some copies have a dot where the originals have a dash.
        for name in (file.name, unzipped, unzipped.replace("-idx", ".idx")):
            if (source / name).is_file():
                return (source / name).read_bytes(), str(source / name)
        raise DatasetMissing(f"{source} has no {file.name}. {_accepted(collection)}")

    return _read(collection, find)


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
    X_train, t_train, X_test, t_test = arrays
    names = [f"{field} of {path}" for field in fields]
    return _assemble(
        collection,
        _pair(collection, X_train, t_train, names[0], names[1]),
        _pair(collection, X_test, t_test, names[2], names[3]),
    )


# Putting the arrays together ---------------------------------------------------------------------


@dataclass(frozen=True)
class _Part:
    """Pictures (N, height, width) with their labels (N,)."""

    pictures: NDArray[np.uint8]
    labels: Labels


def _read(collection: Collection, find: _Find) -> SplitDataset:
    """Read the four files wherever they are."""

    def part(images: RemoteFile, labels: RemoteFile) -> _Part:
        (pictures, of_pictures), (numbers, of_labels) = find(images), find(labels)
        return _pair(
            collection,
            read_idx(pictures, 3, of_pictures),
            read_idx(numbers, 1, of_labels),
            of_pictures,
            of_labels,
        )

    return _assemble(
        collection,
        part(collection.train_images, collection.train_labels),
        part(collection.test_images, collection.test_labels),
    )


def _pair(
    collection: Collection,
    pictures: NDArray[np.uint8],
    labels: NDArray[np.uint8],
    of_pictures: str,
    of_labels: str,
) -> _Part:
    """Check that there is a possible label for each picture."""
    if pictures.size == 0:
        raise DatasetDamaged(f"{of_pictures} has no pictures.")
    if len(pictures) != len(labels):
        raise DatasetDamaged(
            f"{of_pictures} has {len(pictures)} pictures, but {of_labels} has {len(labels)} labels."
        )
    if labels.max() >= len(collection.names):
        raise DatasetDamaged(
            f"{of_labels} has a label {labels.max()}: {collection.title}'s labels end at "
            f"{len(collection.names) - 1}."
        )
    return _Part(pictures, labels.astype(np.int64))


def _assemble(collection: Collection, train: _Part, test: _Part) -> SplitDataset:
    image_shape = train.pictures.shape[1:]
    if test.pictures.shape[1:] != image_shape:
        raise DatasetDamaged(
            f"The pictures to learn from have {_times(image_shape)} pixels, those to test with "
            f"{_times(test.pictures.shape[1:])}: they are not of one dataset."
        )
    return SplitDataset(
        X_train=train.pictures.reshape(len(train.pictures), -1),
        t_train=train.labels,
        X_test=test.pictures.reshape(len(test.pictures), -1),
        t_test=test.labels,
        names=collection.names,
        image_shape=image_shape,
    )


# Words -------------------------------------------------------------------------------------------


def _by_hand(collection: Collection, folder: Path) -> str:
    names = "\n".join(f"  {file.name}" for file in collection.files)
    addresses = "\n".join(f"  {mirror}" for mirror in collection.mirrors)
    return (
        f"To get it by hand, fetch these files, on another machine if need be:\n{names}\n"
        f"from one of these addresses (put a file's name behind it):\n{addresses}\n"
        f"and put them, still gzipped, into the folder\n  {folder}\n"
        f'or into any other one, and name that: {collection.function}(source="FOLDER"). '
        f"The environment variable {VARIABLE} moves the folder where all downloads are kept."
    )


def _accepted(collection: Collection) -> str:
    names = ", ".join(file.name for file in collection.files)
    return (
        f"`source` is a folder with the files {names} (or the same names without .gz, unpacked), "
        f"or an .npz file with x_train, y_train, x_test and y_test."
    )


def _megabytes(collection: Collection) -> str:
    return f"{sum(file.size for file in collection.files) / 1e6:.1f} MB"


def _times(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape))
