"""Notebook files and their cells: the only place that knows nbgrader's metadata and ours."""
