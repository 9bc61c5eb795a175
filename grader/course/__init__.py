"""A course folder: its lessons, references, exercises, submissions, and where each of them lies."""
