"""A course folder.

Its lessons, references, exercises and submissions, and where everything lies.
"""
