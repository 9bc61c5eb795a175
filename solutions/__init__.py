"""Reference solutions: plain NumPy, one module a topic, the only place where they exist."""
