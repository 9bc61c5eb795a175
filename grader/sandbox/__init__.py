"""The sandbox that strangers' code runs in; `docs/security.md` says what it promises.

Outside, in the grader's process: `isolation`, `bubblewrap`, `view`, `doctor`, `rehearsal`. Inside,
in the nursery and its children: `child`, `kernel`, `seccomp`. The modules of the inside import the
standard library only, and fast.
"""
