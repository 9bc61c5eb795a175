"""The sample class.

A few submissions as they really come in, and a larger class as Moodle exports it.
"""
