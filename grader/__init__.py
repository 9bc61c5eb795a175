"""The instructor's side of Two Apples: build lessons, prove exercises, grade what comes back."""
