"""From a lesson's text to what is handed out, and to what it is graded by.

Notebooks, traces, the plan; proofs.
"""
