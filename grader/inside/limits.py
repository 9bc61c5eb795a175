"""What a submission may use, and what is said where it wanted more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

SUPPRESSED = "\n[The output was longer than the limit; the rest was dropped.]\n"
TIMED_OUT: list[dict[str, Any]] = [
    {"error": {"type": "TimedOut", "message": "no answer within the time limit", "lines": []}}
]
CASE_SECONDS = 2.0  # for one case, once all cases together took too long
HOPELESS = 2  # so many cases that took too long, and no more are asked
PLOT_BYTES = 2_000_000  # of a plot's arguments that are sent to be drawn


@dataclass(frozen=True)
class Limits:
    """What one submission may use.

    Attributes
    ----------
    cell_seconds, total_seconds : float
        Wall time of one cell, and of the notebook with all questions.
    text_bytes, output_bytes : int
        Printed text of one cell, and all its output with pictures.
    answer_bytes : int
        Answers to the questions of one exercise.
    cpu_seconds : float
        Processor time of each process, and of all together.
    memory_bytes : int
        Address space of a process; memory of all together.
    processes, open_files : int
        How many processes and threads, and how many open files in a process.
    file_bytes, scratch_bytes : int
        The largest file, and all files together.
    """

    cell_seconds: float = 20.0
    total_seconds: float = 240.0
    text_bytes: int = 200_000
    output_bytes: int = 10_000_000
    answer_bytes: int = 20_000_000
    cpu_seconds: float = 300.0
    memory_bytes: int = 4 * 2**30
    processes: int = 64
    open_files: int = 256
    file_bytes: int = 64 * 2**20
    scratch_bytes: int = 128 * 2**20
