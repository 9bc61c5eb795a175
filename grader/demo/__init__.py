"""The sample class: a dozen submissions as they really come in, and a larger class from Moodle."""
