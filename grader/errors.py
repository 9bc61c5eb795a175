"""Errors for the person who reads them: what was wrong, where, what to do."""


class GraderError(Exception):
    """Something that the instructor can mend; the message is the whole report."""


class CourseError(GraderError):
    """The course folder, a lesson's text, its exercises or a reference are not as they must be."""
