"""Formgrader's pages under hostile names: none of them runs what a name or a submission holds.

nbgrader writes the ids of students, lessons and notebooks into its pages as they are, the names
in an address among them, and a page of formgrader may do all that the instructor may. Here its
server is guarded, from `grader.nbgrader_api.settings`, without changing nbgrader's code:

- Its templates are changed as they are read: what they write is escaped, for HTML or for a
  script, and each script that is theirs is marked.
- Its answers get a Content-Security-Policy: only the scripts that are marked run. What holds no
  mark is not one of its pages (data, a file of a submission), and runs nothing.
"""

from __future__ import annotations

import logging
import os
import re
import secrets
import sys
from collections.abc import Callable
from copy import deepcopy
from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import BaseLoader, Environment
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup
from tornado.httputil import HTTPHeaders, HTTPServerRequest
from tornado.web import Application, OutputTransform

from grader.nbgrader_api.settings import FORMGRADE
from grader.tools.html import digest

_LOG = logging.getLogger(__name__)
_POLICY = "Content-Security-Policy"
_SCRIPT = re.compile(r"<script\b([^>]*>)(.*?)</script>", re.DOTALL | re.IGNORECASE)
_VALUE = re.compile(r"\{\{-?\s*(.*?)\s*-?\}\}")
_HANDLER = re.compile(r"""\son[a-z]+="([^"{]*)\"""", re.IGNORECASE)
_PAGE = (
    "default-src 'none'; script-src 'nonce-{nonce}' 'unsafe-hashes' {handlers}; connect-src 'self';"
    " style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:;"
    " base-uri 'none'; form-action 'none'"
)
_NO_PAGE = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
    " font-src 'self' data:; sandbox"
)
# Formulas on our page are MathML. nbgrader's page fetches MathJax from elsewhere, and its script
# does not finish without; it waits for this signal and for nothing else of MathJax.
_NO_MATHJAX = """
{%- macro mathjax(url="") -%}
<script>
var MathJax = {Hub: {Startup: {signal: {
  Interest: function (told) { setTimeout(function () { told("End"); }, 0); }
}}}};
</script>
{%- endmacro %}
"""


def guard(server: Any) -> None:
    """Guard formgrader's pages on a Jupyter server, for the courses that are ours.

    Parameters
    ----------
    server : jupyter_server.serverapp.ServerApp
        It may be guarded already.
    """
    application: Application = server.web_app
    transforms: list[Any] = application.transforms
    if not any(getattr(each, "func", None) is _Guard for each in transforms):
        # First of all, so that nothing is compressed before it.
        transforms.insert(0, partial(_Guard, _Pages(application.settings)))


def guard_this_process() -> None:
    """Guard the Jupyter server that runs in this process, if one does."""
    module = sys.modules.get("jupyter_server.serverapp")
    if module is not None and module.ServerApp.initialized():
        server = module.ServerApp.instance()
        if getattr(server, "web_app", None) is not None:
            guard(server)


class _Pages:
    """Formgrader on one server: its templates, its exporter, and the policy of its pages."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self._settings = settings
        self._config: Any = None
        # Stands in the templates for a number that each answer draws; as long as one.
        self.mark = _number()
        self._handlers: set[str] = set()

    def holds(self, path: str) -> bool:
        """Whether a path of an address belongs to formgrader."""
        base = str(self._settings.get("base_url", "/")).rstrip("/") + "/formgrader"
        return "nbgrader_formgrader" in self._settings and f"{path}/".startswith(f"{base}/")

    def prepare(self) -> bool:
        """Make templates and exporter safe; return whether the course that is open is ours."""
        config = self._settings["nbgrader_formgrader"].config
        steps = config.get("HTMLExporter", {}).get("preprocessors", ())
        ours = f"{FORMGRADE}.OnlyWhatCannotRun" in steps
        environment: Environment = self._settings["nbgrader_jinja2_env"]
        if not isinstance(environment.loader, _Loader):
            environment.autoescape = True
            self._change(environment)
        if config != self._config:
            from nbconvert.exporters import HTMLExporter

            # nbgrader keeps the one that it made when it started, whichever course is opened.
            exporter = HTMLExporter(config=config)
            if ours:
                self._change(exporter.environment)
            self._settings["nbgrader_exporter"] = exporter
            self._config = deepcopy(config)
        return ours

    def may_open(self, folder: str) -> bool:
        """Whether a folder may be opened as a course, which runs its `nbgrader_config.py`.

        A link can ask for it: neither for a submission, which is inside of the course that is
        open, nor for what others on this machine can write.
        """
        formgrader = self._settings["nbgrader_formgrader"]
        asked, course = _both(folder), _both(formgrader.coursedir.root)
        home = Path(formgrader.root_dir).resolve()
        inside = any(course & set(path.parents) for path in asked)
        return Path(folder).resolve().is_relative_to(home) and not inside

    def choose(self, request: HTTPServerRequest) -> None:
        """Leave open the course that is, if a request names another that may not be opened."""
        if not request.arguments.get("path"):
            return
        # As nbgrader reads it, and so that it reads the same.
        folder = request.arguments["path"][-1].decode("utf-8", errors="replace").strip()
        request.arguments["path"] = [folder.encode("utf-8")]
        if folder and not (folder.isprintable() and self.may_open(folder)):
            _LOG.warning("Formgrader was asked to open %r as a course: refused", folder)
            formgrader = self._settings["nbgrader_formgrader"]
            # Without a name it opens the one that it started with.
            opened = b"" if formgrader.load_cwd_config else os.fsencode(formgrader.coursedir.root)
            request.arguments["path"] = [opened]

    def policy(self, nonce: str) -> str:
        """Return the policy of a page."""
        return _PAGE.format(nonce=nonce, handlers=" ".join(sorted(self._handlers)))

    def changed(self, source: str, name: str, filename: str | None) -> str:
        """Return a template as it is to be read."""
        from nbgrader.server_extensions.formgrader.handlers import template_path

        if name == "mathjax.html.j2":
            source = _NO_MATHJAX
        elif filename is None or Path(template_path) not in Path(filename).parents:
            return source  # nbconvert's, which write scripts of submissions
        for code in _HANDLER.findall(source):
            self._handlers.add(digest(code))
        return _SCRIPT.sub(self._script, source)

    def _script(self, found: re.Match[str]) -> str:
        body = _VALUE.sub(r"{{ (\1) | in_script }}", found[2])
        return f'<script nonce="{self.mark}"{found[1]}{body}</script>'

    def _change(self, environment: Environment) -> None:
        environment.filters["in_script"] = in_script
        if environment.loader is not None:
            environment.loader = _Loader(environment.loader, self.changed)


class _Loader(BaseLoader):
    """Reads templates through another loader, and changes them."""

    def __init__(self, loader: BaseLoader, changed: Callable[[str, str, str | None], str]) -> None:
        self._loader, self._changed = loader, changed

    def get_source(
        self, environment: Environment, template: str
    ) -> tuple[str, str | None, Callable[[], bool] | None]:
        source, filename, is_fresh = self._loader.get_source(environment, template)
        return self._changed(source, template, filename), filename, is_fresh


class _Guard(OutputTransform):
    """What happens before and after one request, whichever of nbgrader's handlers answers it."""

    def __init__(self, pages: _Pages, request: HTTPServerRequest) -> None:
        self._pages, self._path, self._nonce = pages, request.path, _number()
        self._ours = False
        if pages.holds(request.path):
            self._ours = pages.prepare()
            pages.choose(request)

    def transform_first_chunk(
        self, status_code: int, headers: HTTPHeaders, chunk: bytes, finishing: bool
    ) -> tuple[int, HTTPHeaders, bytes]:
        """Add the policy to an answer."""
        if self._ours and self._pages.mark.encode() in chunk:
            headers.add(_POLICY, self._pages.policy(self._nonce))
            headers["Cache-Control"] = "no-store"  # the number is for this answer only
            headers.pop("Etag", None)
        elif self._ours:
            headers.add(_POLICY, _NO_PAGE)
            # nbgrader gives JSON the type of a page; its scripts expect text.
            if "/formgrader/api/" in self._path:
                headers["Content-Type"] = "text/plain; charset=UTF-8"
        return status_code, headers, self.transform_chunk(chunk, finishing)

    def transform_chunk(self, chunk: bytes, finishing: bool) -> bytes:
        """Put the answer's own number where the mark is."""
        return chunk.replace(self._pages.mark.encode(), self._nonce.encode())


def in_script(value: Any) -> Markup:
    """Escape a value for inside of the quotation marks of a text in JavaScript."""
    return Markup(htmlsafe_json_dumps(str(value))[1:-1])


def _number() -> str:
    return secrets.token_urlsafe(18)


def _both(folder: str) -> set[Path]:
    """Return where a folder is, as its name says and as links lead to it."""
    return {Path(os.path.abspath(folder)), Path(folder).resolve()}
