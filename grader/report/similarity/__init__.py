"""Submissions that are alike: found by winnowing, listed for a person to look at.

The method is that of MOSS: Schleimer, Wilkerson and Aiken, "Winnowing: local algorithms for
document fingerprinting", SIGMOD 2003. A likeness is no finding; who works together, learns from the
same page or gets the same help writes alike.
"""

from grader.report.similarity.pairs import Comparison, Pair, Side, compare
from grader.report.similarity.tokens import Piece, Work

__all__ = ["Comparison", "Pair", "Piece", "Side", "Work", "compare"]
