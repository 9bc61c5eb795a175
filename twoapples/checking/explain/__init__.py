"""The sentences of a diagnosis: what differs, and where to look."""
