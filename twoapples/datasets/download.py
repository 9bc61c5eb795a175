"""Download a file so that what arrives is what was meant, in as many goes as it takes.

A file grows under the name NAME.part and gets its own name only when its SHA-256 is right: a file
that is there under its name was whole when it got it. What an interrupted download leaves is
continued the next time, at the same host or another one.
"""

from __future__ import annotations

import hashlib
import http.client
import os
import re
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path

from twoapples.datasets.errors import DownloadFailed
from twoapples.datasets.hosts import RemoteFile
from twoapples.datasets.progress import Progress

_CHUNK = 1 << 16  # bytes
_PATIENCE = 20.0  # seconds without a byte
_GOES = 4  # how often one host may break off before the next one is asked


class _Failed(Exception):
    """A host did not give the file; the text says why."""


class _BrokeOff(_Failed):
    """A host gave a part of the file, and more may come if it is asked again."""


def fetch(file: RemoteFile, mirrors: Sequence[str], folder: Path, progress: Progress) -> Path:
    """Download a file into a folder, from the first host that has it whole.

    Parameters
    ----------
    file : RemoteFile
        What is wanted.
    mirrors : sequence of str
        Addresses that the file's name is appended to, tried in this order.
    folder : pathlib.Path
        Where the file goes; made if it is not there.
    progress : Progress
        Told how many bytes are there.

    Returns
    -------
    pathlib.Path
        The file, with the right SHA-256.

    Raises
    ------
    DownloadFailed
        If no host gave it; the text has a line for each of them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f"{file.name}.part"
    tried = []
    for mirror in mirrors:
        url = f"{mirror.rstrip('/')}/{file.name}"
        try:
            _fetch_from(url, file, part, progress)
        except _Failed as failure:
            tried.append(f"  {url}: {failure}")
            continue
        whole = folder / file.name
        os.replace(part, whole)
        return whole
    raise DownloadFailed("\n".join(tried) or "  There is no address to download from.")


def _fetch_from(url: str, file: RemoteFile, part: Path, progress: Progress) -> None:
    """Make `part` the whole file with this host's help, or say why not."""
    for go in range(_GOES):
        had = _bytes_in(part)
        try:
            if had != file.size:
                _continue(url, file, part, progress)
        except _BrokeOff:
            if go == _GOES - 1:
                raise
            continue
        if _sha256(part) == file.sha256:
            progress.update(file.name, file.size, file.size)
            return
        part.unlink()
        if had == 0:
            raise _Failed(
                f"what it gave has the size of {file.name} and a different SHA-256: it is not it"
            )
        # The wrong bytes may be those of an earlier go, even from another host: from the start.
    raise _Failed("what it gave has a different SHA-256")


def _continue(url: str, file: RemoteFile, part: Path, progress: Progress) -> None:
    """Append to `part` what it lacks, or write it anew where the host gives only whole files."""
    had = _bytes_in(part)
    if had > file.size:
        part.unlink()
        had = 0
    headers = {"User-Agent": "twoapples", "Accept-Encoding": "identity"}
    if had:
        headers["Range"] = f"bytes={had}-"
    try:
        reply = urllib.request.urlopen(
            urllib.request.Request(url, headers=headers), timeout=_PATIENCE
        )
    except urllib.error.HTTPError as error:
        with error:
            if error.code == 416 and had:  # the host's file ends before ours: ours is of no use
                part.unlink()
                raise _BrokeOff("it has nothing to continue with (416)") from error
            raise _Failed(f"answered {error.code} {error.reason}") from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise _Failed(_reason(error)) from error

    with reply:
        if had and not _continues_at(reply, had):
            had = 0
        with part.open("ab" if had else "wb") as out:
            done = had
            progress.update(file.name, done, file.size)
            for chunk in _chunks(reply):
                done += len(chunk)
                if done > file.size:
                    break
                out.write(chunk)
                progress.update(file.name, done, file.size)
    if done > file.size:
        part.unlink()
        raise _Failed(f"gave more than the {file.size} bytes of {file.name}: a web page, maybe")
    if done < file.size:
        raise _BrokeOff(f"broke off after {done} of {file.size} bytes")


def _continues_at(reply: http.client.HTTPResponse, start: int) -> bool:
    """Whether a host answered a request for the rest of a file with exactly that."""
    said = re.match(r"bytes (\d+)-", reply.headers.get("Content-Range", ""))
    return reply.status == 206 and said is not None and int(said[1]) == start


def _chunks(reply: http.client.HTTPResponse) -> Iterator[bytes]:
    """Yield what comes until nothing more does, for whatever reason.

    A connection that is lost is not told apart from one that ends: the number of bytes tells.
    """
    while True:
        try:
            chunk = reply.read(_CHUNK)
        except http.client.IncompleteRead as error:
            chunk = error.partial
            if chunk:
                yield chunk
            return
        except (OSError, http.client.HTTPException):
            return
        if not chunk:
            return
        yield chunk


def _bytes_in(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _reason(error: Exception) -> str:
    """Say in a few words why there was no answer."""
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(cause, TimeoutError):
        return f"no answer within {_PATIENCE:g} seconds"
    return f"no connection ({cause})"
