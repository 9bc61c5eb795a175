"""The notebook as learners get it, made in memory by nbgrader's own steps."""

from __future__ import annotations

import copy

from nbformat import NotebookNode
from traitlets.config import Config

from grader.nbgrader_api.settings import configure


def stub_notebook(instructor: NotebookNode) -> NotebookNode:
    """Return a copy of the instructor's notebook without solutions and marking schemes."""
    from nbgrader.preprocessors import ClearMarkScheme, ClearSolutions

    from grader.build.release import StartFromGivenCode

    config = Config()
    configure(config)
    notebook = copy.deepcopy(instructor)
    for step in (ClearSolutions, StartFromGivenCode, ClearMarkScheme):
        notebook, _ = step(config=config).preprocess(notebook, {})
    return notebook
