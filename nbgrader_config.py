"""nbgrader's configuration for this course; the settings themselves are in `grader`.

Add your own below `configure`: another gradebook (`c.CourseDirectory.db_url`), a course id,
an exchange folder.
"""

from grader.nbgrader_settings import configure

c = get_config()  # noqa: F821  (nbgrader provides it when it loads this file)
configure(c, __file__)
