"""Where nbgrader calls us.

Its steps, exporters, pages and late penalties are named in its settings.
"""
