"""Everything that runs where a submission runs. Nothing else of `grader` can be seen there.

The sandbox shows this folder and what it imports (`grader.sandbox.view`). Its modules import the
standard library at the top, and fast; what lessons need they import before they fork.
"""
