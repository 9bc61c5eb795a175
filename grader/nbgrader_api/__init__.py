"""Where we call nbgrader: its settings, its configuration, its converters."""
