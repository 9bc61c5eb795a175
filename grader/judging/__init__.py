"""From a submission's bytes to a graded notebook's bytes: repair, task, verdicts, the plan.

Nothing here knows the gradebook, or whose submission it is.
"""
