"""The sandbox that strangers' code runs in, from outside; `docs/security.md` says what it promises.

How a nursery is started and what it sees (`bubblewrap`, `view`), and what this machine can enforce,
found out by trying (`doctor`, `rehearsal`). The enclosing itself is done in `grader.inside`.
"""
