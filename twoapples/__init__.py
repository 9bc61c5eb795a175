"""What the notebooks of Two Apples import: `check`, figures, graphs, data.

The package needs NumPy, Matplotlib, ipywidgets and anywidget, and works in any kernel, also
one that knows nothing of nbgrader. It holds no solutions: what `check` compares with are recorded
values.
"""

from twoapples.check import CheckFailed, check
from twoapples.progress import progress

__all__ = ["CheckFailed", "check", "progress"]
__version__ = "0.2.0"
