"""Policies of a course: due dates, late penalties, extensions, which attempt counts.

They stand in `policies.toml` in the course folder. Where there is none, nbgrader's own settings
hold.
"""

from grader.policies.late import Late
from grader.policies.reading import Policies, PolicyError, read_policies

__all__ = ["Late", "Policies", "PolicyError", "read_policies"]
