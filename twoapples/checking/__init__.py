"""The engine of `check`: traces are replayed on a learner's object, compared, and explained."""
