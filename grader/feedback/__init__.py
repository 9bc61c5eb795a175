"""Feedback pages: one self-contained HTML page a submission, for the student.

`pages.page` makes a page from plain data, `writing.write_feedback` writes those of a class, and
`grader.plugins.feedback` gives the same pages to nbgrader's own command and to formgrader.
"""
