"""Submissions in from a learning management system, grades out to it."""
