"""Bring a dataset's files into a folder, with pooch: an optional package, needed only here."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path

from twoapples.datasets.cache import VARIABLE
from twoapples.datasets.errors import DownloadFailed
from twoapples.datasets.hosts import Collection

_PATIENCE = 20.0  # seconds without a byte
_RETRIES = 1  # how often a host is asked again before the next one is asked


def fetch(collection: Collection, mirrors: Sequence[str], folder: Path, progress: bool) -> None:
    """Download what is not in the folder or has not the right SHA-256.

    A file gets its name only when it is whole. The next host is asked for what one host did not
    give.

    Raises
    ------
    DownloadFailed
        If pooch is missing, the folder cannot be written, or no host gave what is missing: the text
        has a line for each of them.
    """
    try:
        import pooch
        from requests import RequestException
    except ImportError:
        raise DownloadFailed(
            f"Downloading {collection.title} needs the package pooch, which is not installed. "
            f"Run `%pip install pooch` in a cell and try again.\n{collection.by_hand(folder)}"
        ) from None

    if progress:
        print(f"Downloading {collection.title}, {collection.megabytes} MB, into {folder}")
    # Its bar needs tqdm, and without it pooch would refuse to work.
    progress = progress and importlib.util.find_spec("tqdm") is not None
    downloader = pooch.HTTPDownloader(progressbar=progress, timeout=_PATIENCE)
    log = pooch.get_logger()
    level = log.level
    log.setLevel("WARNING")  # what it does is no news, and in a notebook looks like an error
    tried = []
    try:
        for mirror in mirrors:
            files = pooch.create(folder, mirror, registry=collection.sha256)
            files.retry_if_failed = _RETRIES
            try:
                for name in collection.sha256:
                    files.fetch(name, downloader=downloader)
                return
            except (RequestException, ValueError) as error:
                tried.append(f"  {files.get_url(name)}: {_reason(error)}")
    except OSError as error:
        raise DownloadFailed(
            f"{collection.title} cannot be kept in {folder}: {error}.\nSet the environment "
            f"variable {VARIABLE} to a folder that you may write to."
        ) from error
    finally:
        log.setLevel(level)
    listed = "\n".join(tried) or "  There is no address to download from."
    raise DownloadFailed(
        f"{collection.title} could not be downloaded. What was tried:\n{listed}\nIf this machine "
        f"is connected to the internet, try again later: files that have arrived are kept.\n"
        f"{collection.by_hand(folder)}"
    )


def _reason(error: Exception) -> str:
    """Say in a few words why a host did not give a file."""
    from requests import ConnectionError, HTTPError, Timeout
    from requests.exceptions import ChunkedEncodingError

    if isinstance(error, HTTPError) and error.response is not None:
        return f"answered {error.response.status_code} {error.response.reason}"
    if isinstance(error, Timeout):
        return f"no answer within {_PATIENCE:g} seconds"
    if isinstance(error, ChunkedEncodingError):
        return "broke off"
    if isinstance(error, ConnectionError):
        first: BaseException = error
        while first.__context__ is not None:  # requests and urllib3 wrap it several times
            first = first.__context__
        return f"no connection ({first})"
    return str(error)
