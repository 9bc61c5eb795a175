"""What every page is made of: a template, a style sheet, and what its policy says of them."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

_COMMON = Path(__file__).parent / "common.css"


@cache
def template(path: Path) -> Template:
    """Read a template, which escapes all that is put into it."""
    environment = Environment(
        loader=FileSystemLoader(path.parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(path.name)


def with_common(path: Path) -> str:
    """Return what all pages have of style, and after it the sheet that a page adds."""
    return "".join(each.read_text(encoding="utf-8") for each in (_COMMON, path))


def digest(text: str) -> str:
    """Return how a policy names a style sheet or a script."""
    found = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(found).decode('ascii')}'"
