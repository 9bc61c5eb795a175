"""JupyterLab in a real browser, used as a person uses it: for the browser tests and screenshots.

Nothing here sleeps for a fixed time and hopes. Every wait looks at the page until something is
there, and gives up after a deadline.
"""

from __future__ import annotations

import ast
import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import sysconfig
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import nbformat

if TYPE_CHECKING:
    from playwright.sync_api import Browser, FrameLocator, Locator, Page

ROOT = Path(__file__).resolve().parent.parent
LESSON, NOTEBOOK = "02-softmax-cross-entropy", "softmax-cross-entropy.ipynb"
COURSE_PARTS = ("notebooks", "source", "solutions", "nbgrader_config.py")
EXERCISES = ("softmax", "cross_entropy", "softmax_cross_entropy_gradient")
STUB_LINES = 2  # the comment that asks for code, and the line that raises
# Every row divided by the sum over the whole batch: a mistake that the lesson knows.
WRONG_SOFTMAX = """\
    e = np.exp(s - np.max(s))
    return e / np.sum(e)"""
PATIENCE = 60.0  # seconds; a machine that does other things as well must not fail a test
# How many times as slow pages are, and kernels answer late: SLOW=4 pytest tests/*browser.py finds
# tests that look before what they did has had its effect.
SLOW = float(os.environ.get("SLOW", "1"))

T = TypeVar("T")

logs: list[Path] = []  # of the JupyterLab that was started last, for the report of a failed test


def find_chromium() -> str | None:
    """Return the path of Debian's Chromium (or whoever calls itself so), if there is one."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


def until(look: Callable[[], T], what: str, patience: float = PATIENCE) -> T:
    """Look again and again until something true is seen; return it."""
    deadline = time.monotonic() + patience
    while not (seen := look()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {patience:.0f} s for {what}")
        time.sleep(0.05)
    return seen


# --- the server -------------------------------------------------------------------------------


def copy_course(target: Path) -> Path:
    """Copy what an instructor's checkout holds, without what is built or handed in."""
    target.mkdir(parents=True, exist_ok=True)
    ignore = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints", "*.pyc")
    for name in COURSE_PARTS:
        part = ROOT / name
        if part.is_dir():
            shutil.copytree(part, target / name, ignore=ignore)
        else:
            shutil.copy2(part, target / name)
    return target


def reference_body(module: str, name: str) -> str:
    """Return the body of a reference in solutions/, as it would be typed below the docstring."""
    text = (ROOT / "solutions" / f"{module}.py").read_text(encoding="utf-8")
    found = next(n for n in ast.parse(text).body if getattr(n, "name", "") == name)
    assert isinstance(found, ast.FunctionDef)
    docstring_ends = found.body[0].end_lineno
    return "\n".join(text.splitlines()[docstring_ends : found.end_lineno])


def hand_in(course: Path, student: str, answers: dict[str, str]) -> Path:
    """Put a submission for the lesson into `submitted/`; exercises without an answer stay stubs.

    Parameters
    ----------
    answers : dict
        Bodies, as they stand below the docstring, by exercise.
    """
    notebook = nbformat.read(course / "notebooks" / LESSON / NOTEBOOK, as_version=4)
    for cell in notebook.cells:
        if cell["id"] in answers:
            lines = cell.source.split("\n")
            cell.source = "\n".join([*lines[:-STUB_LINES], answers[cell["id"]]])
    path = course / "submitted" / student / LESSON / NOTEBOOK
    path.parent.mkdir(parents=True)
    nbformat.write(notebook, path)
    return path


@dataclass(frozen=True)
class Lab:
    """A JupyterLab that runs.

    Attributes
    ----------
    url : str
        Without a slash at the end.
    root : Path
        The folder it was started in.
    log : Path
        What it printed.
    """

    url: str
    token: str
    root: Path
    log: Path

    def notebook_url(self, path: str) -> str:
        """Return the address that opens a notebook in a workspace that remembers nothing."""
        return f"{self.url}/lab/tree/{path}?token={self.token}&reset"


@contextmanager
def run_lab(root: Path, scratch: Path) -> Iterator[Lab]:
    """Run JupyterLab in a course folder, with settings of its own, until the block ends.

    Parameters
    ----------
    root : Path
        The course folder. nbgrader finds its configuration only if Lab starts there.
    scratch : Path
        A folder for settings, runtime files and the log.
    """
    settings = scratch / "settings"
    _write_settings(settings, "apputils-extension/notification", fetchNews="false")
    token = secrets.token_hex(16)
    log = scratch / "lab.log"
    logs[:] = [log]
    scripts = sysconfig.get_path("scripts")
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith(("JUPYTER", "PYTEST"))},
        # nbgrader calls `alembic` by name.
        "PATH": os.pathsep.join([scripts, os.environ.get("PATH", "")]),
        "JUPYTER_TOKEN": token,
        "JUPYTER_CONFIG_DIR": str(scratch / "config"),
        "JUPYTER_DATA_DIR": str(scratch / "data"),
        "JUPYTER_RUNTIME_DIR": str(scratch / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(settings),
        "JUPYTERLAB_WORKSPACES_DIR": str(scratch / "workspaces"),
        "IPYTHONDIR": str(scratch / "ipython"),
    }
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
    command += ["--ServerApp.ip=127.0.0.1", "--ServerApp.port_retries=0"]
    for _ in range(5):
        port = _free_port()
        lab = Lab(f"http://127.0.0.1:{port}", token, root, log)
        with log.open("wb") as out:
            server = subprocess.Popen(
                [*command, f"--ServerApp.port={port}"],
                cwd=root, env=environment, stdout=out, stderr=subprocess.STDOUT,
            )  # fmt: skip
        try:
            until(partial(_answers, lab, server), "JupyterLab to start", 2 * PATIENCE)
            yield lab
            return
        except _PortTaken:
            continue
        finally:
            server.terminate()  # it shuts its kernels down
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()
    raise RuntimeError("five ports were free, and taken before JupyterLab had them")


class _PortTaken(Exception):
    """Somebody else took the port after it was found free."""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _write_settings(folder: Path, plugin: str, **values: Any) -> None:
    path = folder / "@jupyterlab" / f"{plugin}.jupyterlab-settings"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(values), encoding="utf-8")


def _answers(lab: Lab, server: subprocess.Popen[bytes]) -> bool:
    if server.poll() is not None:
        told = lab.log.read_text(errors="replace")
        if "already in use" in told:
            raise _PortTaken
        raise RuntimeError(f"JupyterLab ended at once:\n{told}")
    try:
        with urllib.request.urlopen(f"{lab.url}/api/status?token={lab.token}", timeout=5):
            return True
    except (urllib.error.URLError, OSError):
        return False


# --- the browser ------------------------------------------------------------------------------


@contextmanager
def run_chromium() -> Iterator[Browser]:
    """Run Chromium without a window."""
    from playwright.sync_api import sync_playwright

    options = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
    options += ["--disable-background-networking", "--disable-component-update"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        options.append("--no-sandbox")  # Chromium's sandbox refuses root
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=options)
        try:
            yield browser
        finally:
            browser.close()


def new_page(browser: Browser, **options: Any) -> Page:
    """Open a page whose waits are patient."""
    page = browser.new_page(**{"viewport": {"width": 1280, "height": 900}, **options})
    page.set_default_timeout(PATIENCE * 1000)
    if SLOW > 1:
        throttle = page.context.new_cdp_session(page)
        throttle.send("Emulation.setCPUThrottlingRate", {"rate": SLOW})
        page.add_init_script(LATE)
    return page


# Whatever a kernel says arrives 0.3 s later, in the same order.
LATE = """
const Real = WebSocket;
window.WebSocket = class extends Real {
  set onmessage(hear) {
    super.onmessage = (event) => setTimeout(() => hear.call(this, event), 300);
  }
};"""


def seen_on(page: Page) -> str:
    """Return what a page shows, in words, for the report of a failed test."""
    try:
        page.set_default_timeout(5000)
        status = page.locator(".jp-Notebook-ExecutionIndicator").all()
        kernel = [mark.get_attribute("data-status") for mark in status]
        return f"kernel: {kernel}\n{page.locator('body').inner_text()[:20_000]}"
    except Exception as error:
        return f"The page cannot be read any more: {error}"
    finally:
        page.set_default_timeout(PATIENCE * 1000)


# --- a notebook in JupyterLab -----------------------------------------------------------------


class NotebookPage:
    """A notebook that is open in JupyterLab; its cells are named by their ids in the file."""

    def __init__(self, page: Page, lab: Lab, path: str) -> None:
        self.page = page
        notebook = nbformat.read(lab.root / path, as_version=4)
        self._index = {cell["id"]: number for number, cell in enumerate(notebook.cells)}
        page.goto(lab.notebook_url(path))
        page.locator(".jp-NotebookPanel:visible").wait_for()
        # The notebook's own mark says "idle" even before there is a kernel. Who runs a cell then
        # makes JupyterLab start a second kernel, and what the first was asked for is lost. The
        # status bar says "Idle" of a kernel that is connected.
        status = page.locator("#jp-main-statusbar .jp-StatusBar-TextItem")
        status.filter(has_text=re.compile(r"\| Idle$")).wait_for()

    def cell(self, name: str) -> Locator:
        """Find a cell, and scroll to it: JupyterLab draws far cells when they come near."""
        from playwright.sync_api import Error

        cell = self.page.locator(f'.jp-Cell[data-windowed-list-index="{self._index[name]}"]')

        def drawn() -> str:
            try:
                cell.scroll_into_view_if_needed()
                return cell.inner_text()
            except Error as error:
                if "not attached" in str(error):  # drawn anew in this very moment
                    return ""
                raise

        until(drawn, f"cell {name} to be drawn")
        return cell

    def write(self, name: str, body: str, replacing: int) -> None:
        """Type over the last lines of a cell, as a person does.

        Parameters
        ----------
        body : str
            Indented as it shall stand there.
        replacing : int
            How many lines at the end of the cell go.
        """
        editor = self.cell(name).locator(".cm-content")
        editor.click()
        keyboard = self.page.keyboard
        keyboard.press("Control+End")
        for _ in range(replacing - 1):
            keyboard.press("Shift+ArrowUp")
        keyboard.press("Shift+Home")
        keyboard.press("Delete")
        for number, line in enumerate(body.splitlines()):
            if number:
                keyboard.press("Enter")
            # The editor indents by itself; type over what it put there.
            keyboard.press("Shift+Home")
            keyboard.type(line)

        def typed() -> bool:
            return editor.inner_text().rstrip().endswith(body.rstrip())

        until(typed, f"the typed lines in cell {name}")

    def run(self, name: str) -> Locator:
        """Run a cell and wait until it is done; return its output area."""
        cell = self.cell(name)
        before = self.prompt(name)
        cell.locator(".cm-content").click()
        pressed = 0.0

        def done() -> bool:
            # A key that is pressed while the kernel connects runs nothing: press again.
            nonlocal pressed
            now = self.prompt(name)
            if now == before and time.monotonic() - pressed > 2:
                self.page.keyboard.press("Control+Enter")
                pressed = time.monotonic()
            return now != before and bool(re.fullmatch(r"\[\d+\]:", now))

        until(done, f"cell {name} to run")
        return cell.locator(".jp-OutputArea").first

    def prompt(self, name: str) -> str:
        """Return what stands before a cell: `[ ]:`, `[*]:` or `[3]:`."""
        cell = self.page.locator(f'.jp-Cell[data-windowed-list-index="{self._index[name]}"]')
        return (cell.locator(".jp-InputPrompt").text_content() or "").strip()

    def run_all(self) -> None:
        """Choose Run All Cells from the menu, and wait until all have run, or one has failed."""
        last = max(self._index.values())
        indicator = self.page.locator(".jp-Notebook-ExecutionIndicator")
        waiting = self.page.locator(".jp-InputPrompt", has_text="[*]:")
        first = self.prompt("setup")
        self.choose("Run", "Run All Cells")

        def done() -> bool:
            # A cell that waits or runs shows [*]:, one that was called off [ ]: again.
            now = self.prompt("setup")
            return now != first and bool(re.fullmatch(r"\[\d+\]:", now))

        until(done, "the first of all cells to run")
        until(
            lambda: indicator.get_attribute("data-status") == "idle" and not waiting.count(),
            "all cells to run",
        )
        self.page.locator(f'.jp-Cell[data-windowed-list-index="{last}"]').wait_for()

    def choose(self, menu: str, item: str) -> None:
        """Choose an item from JupyterLab's menu bar."""
        choose(self.page, menu, item)

    def save(self) -> None:
        """Save, and wait until the tab no longer says that there are changes."""
        self.page.keyboard.press("Control+s")
        until(self.is_saved, "the notebook to be saved")

    def is_saved(self) -> bool:
        """Whether the notebook's tab shows no mark of unsaved changes."""
        return self.page.locator(".lm-TabBar-tab.jp-mod-current.jp-mod-dirty").count() == 0

    def validate(self) -> str:
        """Press nbgrader's Validate button; return what the dialog says, and close it."""
        self.page.locator(".jp-NotebookPanel-toolbar").get_by_text("Validate").click()
        dialog = self.page.locator(".jp-Dialog").filter(has_text="Validation")
        dialog.wait_for()
        text = str(dialog.inner_text())
        dialog.locator("button").last.click()
        dialog.wait_for(state="detached")
        return text


def choose(page: Page, menu: str, *items: str) -> None:
    """Choose from JupyterLab's menu bar, through submenus if there are any."""
    page.locator(".lm-MenuBar-itemLabel", has_text=re.compile(rf"^{re.escape(menu)}$")).click()
    for item in items:
        entry = page.locator(".lm-Menu-item:visible").filter(
            has=page.locator(".lm-Menu-itemLabel", has_text=re.compile(rf"^{re.escape(item)}$"))
        )
        entry.click()


def choose_theme(page: Page, theme: str) -> None:
    """Change JupyterLab's theme from its menu, and wait until it is drawn."""
    choose(page, "Settings", "Theme", theme)
    page.locator(f'body[data-jp-theme-name="{theme}"]').wait_for(state="attached")


def open_formgrader(page: Page, lab: Lab) -> FrameLocator:
    """Open Formgrader from JupyterLab's menu; return the frame it lives in."""
    page.goto(f"{lab.url}/lab?token={lab.token}&reset")
    page.locator(".jp-Launcher:visible").wait_for()
    choose(page, "Nbgrader", "Formgrader")
    return page.frame_locator("iframe[src*=formgrader]")
