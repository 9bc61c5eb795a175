"""In the nursery: watch what all processes of a submission use together.

The kernel's limits hold for each process; control groups, which know sums, are seldom handed to
ordinary users. Ten times a second is enough: in that time a process can touch some hundred
megabytes, and when the machine's memory runs out, submissions are the first to go.
"""

from __future__ import annotations

import contextlib
import os
import signal
from dataclasses import dataclass, field

from grader.inside.limits import Limits

SECONDS = 0.1
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass
class _Process:
    parent: int
    seconds: float
    of_children: float
    memory: int


@dataclass
class _Watched:
    """A child that is watched, and what its processes have used so far."""

    limits: Limits
    seen: dict[int, float] = field(default_factory=dict)
    gone: float = 0.0

    def seconds(self, now: dict[int, float]) -> float:
        """Add up the CPU time of all processes that were ever seen.

        Nobody inherits it from a process whose parent ignores that it ends.
        """
        for pid, before in self.seen.items():
            if now.get(pid, -1.0) < before:  # it is gone, and its number may have been used again
                self.gone += before
        self.seen = now
        return self.gone + sum(now.values())


_watched: dict[int, _Watched] = {}


def begin(pid: int, limits: Limits) -> None:
    """Watch a child and all that descends from it, until it is gone."""
    _watched[pid] = _Watched(limits)
    signal.signal(signal.SIGALRM, lambda *_: look())
    signal.setitimer(signal.ITIMER_REAL, SECONDS, SECONDS)


def forget() -> None:
    """In the child: be no watcher; the timer stayed with the nursery."""
    _watched.clear()
    signal.signal(signal.SIGALRM, signal.SIG_DFL)


def look() -> None:
    """Kill those children whose processes together use more than the child may."""
    pids = {int(name) for name in os.listdir("/proc") if name.isdecimal()}
    for pid in _watched.keys() - pids:
        del _watched[pid]
    if not _watched:
        signal.setitimer(signal.ITIMER_REAL, 0)
    # bubblewrap's first process, the nursery, the children: no child has processes of its own, and
    # each is held by its own limits.
    if len(pids) <= 2 + len(_watched):
        return
    processes = {}
    for pid in pids:
        with contextlib.suppress(OSError, ValueError, IndexError):
            processes[pid] = _read(pid)
    # What each has from the nursery is shared and not counted.
    shared = processes[os.getpid()].memory
    memory = dict.fromkeys(_watched, 0)
    inherited = dict.fromkeys(_watched, 0.0)
    own: dict[int, dict[int, float]] = {child: {} for child in _watched}
    for pid, process in processes.items():
        child = _child_above(pid, processes)
        if child is not None:
            memory[child] += max(0, process.memory - shared)
            inherited[child] += process.seconds + process.of_children
            own[child][pid] = process.seconds
    for child, watched in _watched.items():
        seconds = max(inherited[child], watched.seconds(own[child]))
        if memory[child] > watched.limits.memory_bytes or seconds > watched.limits.cpu_seconds:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)


def _child_above(pid: int, processes: dict[int, _Process]) -> int | None:
    """Return the child that a process descends from; orphans are adopted within the namespace."""
    while pid not in _watched:
        process = processes.get(pid)
        if process is None:
            return None
        pid = process.parent
    return pid


def _read(pid: int) -> _Process:
    """Read parent, CPU time (with that of children waited for) and memory that is not a file's."""
    with open(f"/proc/{pid}/stat", "rb") as stat:
        # After the name, which may hold anything: state, ppid, …, utime, stime, cutime, cstime.
        fields = stat.read().rpartition(b")")[2].split()
    with open(f"/proc/{pid}/statm", "rb") as statm:
        pages = statm.read().split()
    return _Process(
        int(fields[1]),
        sum(map(int, fields[11:13])) / _TICKS,
        sum(map(int, fields[13:15])) / _TICKS,
        (int(pages[1]) - int(pages[2])) * _PAGE,
    )
