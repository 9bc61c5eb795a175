r"""Formulas as MathML, which browsers draw by themselves: no script, no font to load.

latex2mathml reads LaTeX into a tree. The tree is written out here and not there: its own writer
leaves the text of ``\text{…}`` unescaped, and commands like ``\href`` and ``\style`` put
attributes of a submission's choice into the page. What is on the lists below is written, all else
is left out.
"""

from __future__ import annotations

import re
from itertools import zip_longest
from xml.etree.ElementTree import Element

from latex2mathml.converter import convert_to_element
from markupsafe import Markup, escape

from grader.feedback.safety import printable

# Longer than any formula of the course by far.
MOST_CHARACTERS = 2000

# Elements of MathML Core, and menclose, of which browsers draw what is inside.
_ELEMENTS = {
    *("math", "menclose", "merror", "mfrac", "mi", "mmultiscripts", "mn", "mo", "mover"),
    *("mpadded", "mphantom", "mprescripts", "mroot", "mrow", "ms", "mspace", "msqrt", "mstyle"),
    *("msub", "msubsup", "msup", "mtable", "mtd", "mtext", "mtr", "munder", "munderover"),
}
# Attributes, each with the values that it may have. No lengths but those of a space: with others
# a formula could be laid over the rest of the page.
_ATTRIBUTES = {
    **dict.fromkeys(
        (
            *("accent", "accentunder", "displaystyle", "fence", "largeop", "movablelimits"),
            *("stretchy", "symmetric"),
        ),
        re.compile("true|false"),
    ),
    **dict.fromkeys(("maxsize", "minsize"), re.compile(r"[0-3](\.\d{1,3})?em")),
    "display": re.compile("block|inline"),
    "form": re.compile("prefix|infix|postfix"),
    "scriptlevel": re.compile("[+-]?[0-2]"),
    "width": re.compile(r"[0-4](\.\d{1,3})?em"),
}
# What MathML Core leaves to CSS, as classes of `page.css`.
_CLASSES = {
    ("columnalign", "left"): "left",
    ("columnalign", "right"): "right",
    ("mathvariant", "bold"): "bold",
    ("mathvariant", "bold-italic"): "bold",
    ("mathvariant", "monospace"): "mono",
}
# A macro that calls another twice, and so on, makes a page of any length out of one line.
_DEFINES = re.compile(r"\\(?:(?:re)?new|provide)command|\\[egx]?def\b|\\let\b")
# A formula wider than a phone is scrolled, by keyboard too.
_SCROLLS = '<div class="formula" role="group" aria-label="Formula" tabindex="0">{}</div>'
_REFERENCE = re.compile(r"&#x([0-9A-Fa-f]{1,6});")
# The environments that latex2mathml does not know, and those it knows that look the same.
_ENVIRONMENTS = {"aligned": "align*", "split": "align*", "gathered": "matrix"}
_ENVIRONMENT = re.compile(r"\\(begin|end)\{(aligned|split|gathered)\}")


def to_mathml(formula: str, *, display: bool = False) -> Markup:
    """Write a formula as MathML; one that cannot be read is shown as it was typed.

    Parameters
    ----------
    formula : str
        LaTeX without the dollar signs.
    display : bool
        Whether it stands in a line of its own.
    """
    if len(formula) <= MOST_CHARACTERS and not _DEFINES.search(formula):
        known = _ENVIRONMENT.sub(lambda m: rf"\{m[1]}{{{_ENVIRONMENTS[m[2]]}}}", formula)
        try:
            tree = convert_to_element(known, display="block" if display else "inline")
            html = _write(tree, printable(formula.strip()))
        except Exception:  # it is whatever somebody typed between two dollar signs
            pass
        else:
            return Markup(_SCROLLS.format(html) if display else html)
    mark = "$$" if display else "$"
    return Markup("<code>{}</code>").format(printable(f"{mark}{formula[:MOST_CHARACTERS]}{mark}"))


def _write(element: Element, alternative: str = "") -> str:
    inside = escape(printable(_text(element.text)))
    parts = [str(inside)] if len(element) == 0 else []
    for child, following in zip_longest(element, element[1:]):
        parts.append(_write(child))
        if _is_function(child) and following is not None and _text(following.text) != "(":
            parts.append('<mspace width="0.1667em"></mspace>')
    if element.tag not in _ELEMENTS:
        return "".join(parts)
    attributes, classes = [], []
    for name, value in element.attrib.items():
        if name in _ATTRIBUTES and _ATTRIBUTES[name].fullmatch(value):
            attributes.append(f' {name}="{value}"')
        elif (name, value) in _CLASSES:
            classes.append(_CLASSES[name, value])
        elif (name, value) == ("mathvariant", "normal"):
            attributes.append(' mathvariant="normal"')
    if classes:
        attributes.append(f' class="{" ".join(classes)}"')
    if alternative:
        attributes.append(f' alttext="{escape(alternative)}"')
    return f"<{element.tag}{''.join(attributes)}>{''.join(parts)}</{element.tag}>"


def _is_function(element: Element) -> bool:
    """Whether an element is a name like log or max, with or without its index."""
    if element.tag in ("msub", "msup", "msubsup", "munder", "mover", "munderover"):
        return len(element) > 0 and _is_function(element[0])
    name = _text(element.text)
    return element.tag == "mi" and len(name) > 1 and name.isascii() and name.isalpha()


def _text(text: str | None) -> str:
    """Return an element's text; latex2mathml writes symbols as references."""
    return _REFERENCE.sub(lambda match: chr(min(int(match[1], 16), 0x10FFFF)), text or "")
