"""Where nbgrader calls us: steps, exporters, pages and late penalties, named in its settings."""
