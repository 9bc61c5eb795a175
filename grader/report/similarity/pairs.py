"""From words to pairs of submissions that share what few others have.

The work grows with the number of submissions, not with its square: a submission's words give a
fixed number of fingerprints each, these are sorted once (an inverted index), and only submissions
that meet at a fingerprint are compared. A fingerprint that many have is left out, so it can bring
no more than `MOST_STUDENTS` together.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from grader.report.similarity.tokens import Words, Work, given_lines, words

# Chosen on the course's own exercises, see tests/test_similarity.py. A run of K words is the
# shortest that counts; of every run of K + WINDOW - 1 words a fingerprint is kept (the paper's
# guarantee): about a line of NumPy.
K, WINDOW = 12, 5
# A pair is listed if it shares this many words that few others have, about six lines of NumPy,
# and if they are this part of what is particular in one of the two.
LEAST_WORDS, LEAST_SHARE = 60, 0.5
# More students than this have come to the same words by themselves.
MOST_STUDENTS, PART_OF_CLASS = 40, 0.1
# And so have so many whose submissions differ otherwise; MOSS has 10 as its own default.
MOST_DIFFERENT, PART_DIFFERENT, LEAST_DIFFERENT = 10, 0.02, 3
_LEAST_FINGERPRINTS = 5  # 60 words in one run have nine or more, and sixteen on average
_MOST_CANDIDATES = 5_000

Numbers = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]
Flags = npt.NDArray[np.bool_]
Spans = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Side:
    """One of the two submissions of a pair.

    Attributes
    ----------
    own : int
        How many words of it are particular: neither given nor common.
    shared : int
        How many of these the other one has as well.
    spans : tuple
        For each of its pieces, where in the code the shared words stand: from and to, in
        characters.
    """

    student: str
    own: int
    shared: int
    spans: tuple[Spans, ...]

    @property
    def share(self) -> float:
        """The shared part of what is particular, from 0 to 1."""
        return self.shared / self.own if self.own else 0.0


@dataclass(frozen=True)
class Pair:
    """Two submissions to look at; students in alphabetical order."""

    first: Side
    second: Side

    @property
    def words(self) -> int:
        """How many words they share; a run that one of them repeats counts once."""
        return min(self.first.shared, self.second.shared)

    @property
    def share(self) -> float:
        """The larger of the two shares."""
        return max(self.first.share, self.second.share)


@dataclass(frozen=True)
class Comparison:
    """What a comparison of a class gave.

    Attributes
    ----------
    pairs : list of Pair
        Most alike first.
    compared : int
        How many submissions hold enough of their own to be compared.
    common_students, common_different : int
        What more students, or more submissions that differ otherwise, share counts as common.
    """

    pairs: list[Pair]
    compared: int
    common_students: int
    common_different: int


def compare(
    works: Sequence[Work], given: Iterable[str] = (), known: Iterable[str] = ()
) -> Comparison:
    """Find pairs of submissions that share code that few others have.

    Parameters
    ----------
    works : sequence of Work
        At most one a student.
    given : iterable of str
        Code that every learner has been given, such as the stub. Its lines, and runs of its words,
        do not count.
    known : iterable of str
        Answers that are expected anyway, such as the reference and known misconceptions. Runs of
        their words do not count.

    Notes
    -----
    Each cell is a text of its own, so that the order of cells, and mostly that of functions in a
    cell, makes no difference.
    """
    works = sorted(works, key=lambda work: work.student)
    given = list(given)
    lines = given_lines(given)
    corpus = _Corpus(works, lines)
    most = min(MOST_STUDENTS, max(LEAST_DIFFERENT, math.ceil(PART_OF_CLASS * len(works))))
    different = min(MOST_DIFFERENT, max(LEAST_DIFFERENT, math.ceil(PART_DIFFERENT * len(works))))
    corpus.leave_out(_expected_runs([*given, *known], lines), most, different)
    pairs = [
        pair
        for one, other in corpus.candidates(most)
        if (pair := corpus.pair(one, other)) is not None
    ]
    pairs.sort(key=lambda p: (-p.words * p.share, p.first.student, p.second.student))
    return Comparison(pairs, int(np.sum(corpus.own >= LEAST_WORDS)), most, different)


class _Corpus:
    """All words of a class in one array, with the runs of K words that begin at each.

    Attributes
    ----------
    owner, piece, start, end : ndarray of shape (T,)
        For each word: whose it is, which piece of that work, and where it stands in it.
    hashes : ndarray of shape (T,)
        For each word a hash of the run that begins there.
    whole : ndarray of shape (T,)
        Whether the run ends in the same piece.
    counts : ndarray of shape (T,)
        Whether the run is neither given nor common.
    own : ndarray of shape (len(works),)
        How many words of each work are in a run that counts.
    shared : dict
        For each work its runs that others have as well: hashes, by where in the work they begin.
    """

    least_words, least_share = LEAST_WORDS, LEAST_SHARE

    def __init__(self, works: Sequence[Work], given: frozenset[tuple[str, ...]]) -> None:
        self.works = works
        self.shared: dict[int, dict[int, int]] = {}
        read: dict[str, Words] = {}  # many cells are the same in many notebooks
        hashes: dict[str, Hashes] = {}
        columns: list[tuple[int, int, str]] = []
        for number, work in enumerate(works):
            for place, piece in enumerate(work.pieces):
                if piece.code not in read:
                    read[piece.code] = words(piece.code, given)
                    hashes[piece.code] = _word_hashes(read[piece.code].texts)
                columns.append((number, place, piece.code))
        lengths = [len(hashes[code]) for _, _, code in columns]
        self.owner = np.repeat([number for number, _, _ in columns], lengths).astype(np.int64)
        self.piece = np.repeat([place for _, place, _ in columns], lengths).astype(np.int64)
        self.start = _joined([read[code].starts for _, _, code in columns])
        self.end = _joined([read[code].ends for _, _, code in columns])
        segment = np.repeat(np.arange(len(columns)), lengths)
        ids = np.concatenate([hashes[c] for _, _, c in columns]) if columns else _NO_HASHES
        self.hashes, self.whole = _runs(ids, segment)
        self.segment = segment
        self.first = np.searchsorted(self.owner, np.arange(len(works) + 1))

    def leave_out(self, expected: Hashes, most: int, different: int) -> None:
        """Decide which runs count: not the expected ones, and not those that many have."""
        self.counts = self.whole & ~np.isin(self.hashes, expected)
        at = np.flatnonzero(self.counts)
        runs, index = np.unique(self.hashes[at], return_inverse=True)
        alike = self._representatives()
        owners = _how_many(index, self.owner[at], len(runs))
        unlike = _how_many(index, alike[self.owner[at]], len(runs))
        common = (owners > most) | (unlike > different)
        self.counts[at] = ~common[index]
        shared = at[(~common & (owners > 1))[index]]
        for number, place in enumerate(np.split(shared, np.searchsorted(shared, self.first[1:-1]))):
            hashes = self.hashes[place].tolist()
            self.shared[number] = dict(
                zip((place - self.first[number]).tolist(), hashes, strict=True)
            )
        self.own = np.bincount(self.owner[_spread(self.counts)], minlength=len(self.works))

    def candidates(self, most: int) -> list[tuple[int, int]]:
        """Return the works that share fingerprints, those with most of them first."""
        at = self._fingerprints()
        order = np.lexsort((self.owner[at], self.hashes[at]))
        run, owner = self.hashes[at][order], self.owner[at][order]
        once = np.r_[True, (run[1:] != run[:-1]) | (owner[1:] != owner[:-1])][: len(run)]
        run, owner = run[once], owner[once]
        met = [
            owner[:-step][same] * len(self.works) + owner[step:][same]
            for step in range(1, most)
            if (same := run[:-step] == run[step:]).any()
        ]
        if not met:
            return []
        pairs, count = np.unique(np.concatenate(met), return_counts=True)
        enough = count >= _LEAST_FINGERPRINTS
        order = np.argsort(-count[enough], kind="stable")[:_MOST_CANDIDATES]
        return [divmod(int(pair), len(self.works)) for pair in pairs[enough][order]]

    def pair(self, one: int, other: int) -> Pair | None:
        """Compare two works word by word; None if they share too little."""
        both = set(self.shared[one].values()) & set(self.shared[other].values())
        first, second = self._marked(one, both), self._marked(other, both)
        shared, more = sorted((int(first.sum()), int(second.sum())))
        share = max(first.sum() / self.own[one], second.sum() / self.own[other]) if more else 0.0
        if shared < self.least_words or share < self.least_share:
            return None
        return Pair(self._side(one, first), self._side(other, second))

    def _marked(self, number: int, runs: set[int]) -> Flags:
        """Mark the words of a work that stand in one of the runs."""
        flags = np.zeros(self.first[number + 1] - self.first[number], dtype=np.bool_)
        flags[[place for place, run in self.shared[number].items() if run in runs]] = True
        return _spread(flags)

    def _side(self, number: int, marked: Flags) -> Side:
        work = self.works[number]
        spans = tuple(self._spans(number, marked, place) for place in range(len(work.pieces)))
        return Side(work.student, int(self.own[number]), int(marked.sum()), spans)

    def _spans(self, number: int, marked: Flags, place: int) -> Spans:
        """Return from where to where in a piece's code the marked words go."""
        mine = slice(self.first[number], self.first[number + 1])
        at = np.flatnonzero(marked & (self.piece[mine] == place))
        if not len(at):
            return ()
        gaps = np.flatnonzero(np.diff(at) > 1)
        firsts, lasts = at[np.r_[0, gaps + 1]], at[np.r_[gaps, len(at) - 1]]
        starts, ends = self.start[mine][firsts], self.end[mine][lasts]
        return tuple(zip(starts.tolist(), ends.tolist(), strict=True))

    def _fingerprints(self) -> Numbers:
        """Winnow: of every window the smallest hash is kept, of equal ones the last.

        A window that does not fit into its piece is used only if the piece has no other.
        """
        if len(self.hashes) < WINDOW:
            return np.flatnonzero(self.counts)
        last = np.iinfo(np.uint64).max
        hashes = np.concatenate(
            [np.where(self.counts, self.hashes, last), np.full(WINDOW - 1, last)]
        )
        windows = np.lib.stride_tricks.sliding_window_view(hashes, WINDOW)
        at: Numbers = np.arange(len(windows)) + WINDOW - 1 - np.argmin(windows[:, ::-1], axis=1)
        begins = np.r_[True, np.diff(self.segment) != 0]
        stop = np.minimum(np.arange(len(windows)) + WINDOW - 1, len(self.segment) - 1)
        fits = self.whole[stop] & (self.segment[stop] == self.segment)
        at = _different(np.minimum(at, len(self.segment) - 1)[fits | begins])
        rare: Numbers = at[self.counts[at]]
        return rare

    def _representatives(self) -> Numbers:
        """Return for each work the number of the first one with the very same words."""
        seen: dict[bytes, int] = {}
        numbers = []
        for number in range(len(self.works)):
            mine = slice(self.first[number], self.first[number + 1])
            content = self.hashes[mine].tobytes() + self.whole[mine].tobytes()
            numbers.append(seen.setdefault(hashlib.sha256(content).digest(), number))
        return np.array(numbers, dtype=np.int64)


_NO_HASHES: Hashes = np.zeros(0, dtype=np.uint64)
_BASE = np.uint64(0x9E3779B97F4A7C15)  # odd, so that no word is lost in the products


def _runs(ids: Hashes, segment: Numbers) -> tuple[Hashes, Flags]:
    """Hash the K words from each word on; also say whether these are in one segment."""
    hashes, whole = np.zeros(len(ids), dtype=np.uint64), np.zeros(len(ids), dtype=np.bool_)
    count = len(ids) - K + 1
    if count > 0:
        for step in range(K):
            hashes[:count] = hashes[:count] * _BASE + ids[step : step + count]
        whole[:count] = segment[:count] == segment[K - 1 :]
    return _mixed(hashes), whole


def _mixed(values: Hashes) -> Hashes:
    """Spread hashes evenly, so that the smallest of a window is any of them (Steele, 2014)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


@lru_cache(maxsize=100_000)
def _word_hash(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).digest())


def _word_hashes(texts: Sequence[str]) -> Hashes:
    return np.array([_word_hash(text) for text in texts], dtype=np.uint64)


def _expected_runs(texts: Iterable[str], given: frozenset[tuple[str, ...]]) -> Hashes:
    """Return the hashes of all runs in texts, as they stand and without the given lines."""
    found = [_NO_HASHES]
    for text in texts:
        for read in {words(text), words(text, given)}:
            ids = _word_hashes(read.texts)
            hashes, whole = _runs(ids, np.zeros(len(ids), dtype=np.int64))
            found.append(hashes[whole])
    return _different(np.concatenate(found))


def _different(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return the sorted different values; NumPy 2.4's own `unique` takes ten times as long here."""
    values = np.sort(values)
    first: npt.NDArray[np.bool_] = np.r_[True, values[1:] != values[:-1]][: len(values)]
    return values[first]


def _how_many(index: Numbers, owner: Numbers, runs: int) -> Numbers:
    """Count for each run the different owners."""
    if not len(index):
        return np.zeros(runs, dtype=np.int64)
    keys = _different(index * (int(owner.max()) + 1) + owner)
    return np.bincount(keys // (int(owner.max()) + 1), minlength=runs)


def _spread(flags: Flags) -> Flags:
    """Mark the K words of every run that is flagged at its first word."""
    change = np.zeros(len(flags) + K, dtype=np.int64)
    at = np.flatnonzero(flags)
    change[at] += 1
    change[at + K] -= 1
    return np.cumsum(change)[: len(flags)] > 0


def _joined(columns: list[tuple[int, ...]]) -> Numbers:
    return np.array([value for column in columns for value in column], dtype=np.int64)
