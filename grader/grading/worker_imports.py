"""What a grading process needs, imported once before workers are forked from it."""

import os

from grader.tools.imports import import_nbformat

# Workers compare small arrays; threads for that only get in each other's way.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")
import_nbformat()
