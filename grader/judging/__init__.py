"""From a submission's bytes to a graded notebook's bytes.

Repair, questions, verdicts. No gradebook, no student.
"""
