"""Options that several commands have, each with one name, one meaning and one default."""

from __future__ import annotations

import click

from grader.inside.limits import Limits

workers_option = click.option(
    "--workers", type=click.IntRange(min=1), help="Processes; by default one a core."
)
cell_seconds_option = click.option(
    "--cell-seconds",
    type=click.FloatRange(min=1),
    default=Limits.cell_seconds,
    show_default=True,
    help="Time limit of a cell.",
)
isolation_option = click.option(
    "--isolation",
    type=click.Choice(["default", "strict", "none"]),
    default="default",
    show_default=True,
    help="How submissions are kept apart: each in a sandbox of its own; strict, each with an "
    "interpreter of its own too; or not at all.",
)
