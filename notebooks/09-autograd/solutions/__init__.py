"""Reference solutions of earlier lessons."""
