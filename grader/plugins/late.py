"""nbgrader's plugin for late penalties, so that its own autograde takes off the same."""

from __future__ import annotations

from pathlib import Path

import traitlets
from nbgrader.plugins import LateSubmissionPlugin

from grader.policies.reading import Policies, read_policies


class PolicyPenalty(LateSubmissionPlugin):
    """Takes off what `policies.toml` says."""

    course = traitlets.Unicode("", help="The course folder, which holds policies.toml.").tag(
        config=True
    )
    policies = traitlets.Instance(Policies, allow_none=True, help="If they were read before.").tag(
        config=True
    )

    @traitlets.default("policies")
    def _read(self) -> Policies | None:
        return read_policies(Path(self.course or "."))

    def late_submission_penalty(
        self, student_id: str, score: float, total_seconds_late: float
    ) -> float | None:
        """Return the points to take off; see nbgrader's plugin of this name."""
        if self.policies is None:
            return None
        if self.policies.late is None and not self.policies.late_of:
            penalty: float | None = super().late_submission_penalty(
                student_id, score, total_seconds_late
            )
            return penalty
        # nbgrader's step knows the lesson, and its plugins have no other way to it.
        lesson = str(getattr(self.parent, "assignment_id", "") or "")
        return self.policies.penalty(student_id, lesson, score, total_seconds_late)
