"""What stands around a submission, seen from outside; `docs/security.md` says what it promises.

`view` says what bubblewrap shows, `bubblewrap` starts it, `doctor` and `rehearsal` try what holds.
What is enforced from within stands in `grader.inside`.
"""
