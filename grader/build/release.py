"""Steps that run while a lesson is released, named in `grader.nbgrader_api.settings`."""

from __future__ import annotations

from typing import Any

from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor

from grader.notebook.cells import KEPT_IN_NOTEBOOK, digest, ours, set_ours


class StartFromGivenCode(NbGraderPreprocessor):
    """Let the cell of a bug hunt start from the code with the bug; runs after ClearSolutions."""

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict[str, Any], cell_index: int
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Put the code that `Exercise(starts_from=…)` gave into its cell."""
        if given := ours(cell).get("starts_from"):
            cell.source = given
            set_ours(cell)
        return cell, resources


class FinishRelease(NbGraderPreprocessor):
    """Leave in a released notebook only what learners need, and mark what it was built as."""

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Clean the metadata; write the digest that tells an edited notebook from a built one."""
        for key in [k for k in nb.metadata if k not in KEPT_IN_NOTEBOOK]:
            del nb.metadata[key]
        set_ours(nb, **{**ours(nb), "digest": digest(nb)})
        return nb, resources
