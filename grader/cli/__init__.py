"""The command `grader`: a module for each group of commands; what they do lies elsewhere.

These modules import little, so that a command starts fast: each imports what it needs when it runs.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click
from rich.text import Text

from grader.cli import build, grade, lms, policies, read
from grader.cli.console import errors
from grader.errors import GraderError


class _Group(click.Group):
    """Turns our errors into one line and exit status 2; a traceback is for our own mistakes."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except GraderError as error:
            # Not as markup: the message may hold a name with brackets in it.
            errors.print(Text.assemble(("grader:", "bold red"), f" {error}"), soft_wrap=True)
            sys.exit(2)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--course",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path("."),
    help="The course folder; by default the one you are in.",
)
@click.version_option(package_name="twoapples")
@click.pass_context
def main(ctx: click.Context, folder: Path) -> None:
    """Build lessons, prove their exercises, and grade what learners hand in."""
    ctx.obj = folder


for _command in (
    build.build,
    build.prove,
    grade.grade,
    read.results,
    read.report,
    read.doctor,
    read.demo,
    lms.collect,
    lms.export,
    policies.policies,
    policies.override,
    policies.regrade,
):
    main.add_command(_command)
