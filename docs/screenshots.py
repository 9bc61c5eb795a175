"""Make the pictures in docs/images/: `python docs/screenshots.py`, from the course folder.

Needs Chromium and the extras `dev`. The pictures show the committed notebooks, and the training
explorer, in a JupyterLab of their own; your checkout is left alone. `python docs/screenshots.py
explorer` makes that picture alone, `lesson` the others.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

if TYPE_CHECKING:
    from browser import Lab
    from playwright.sync_api import Browser, Locator

from browser import (  # noqa: E402
    LESSON,
    NOTEBOOK,
    STUB_LINES,
    WRONG_SOFTMAX,
    NotebookPage,
    choose_theme,
    copy_course,
    find_chromium,
    new_page,
    reference_body,
    run_chromium,
    run_lab,
    until,
)
from widget_pages import WidgetNotebook, write_notebook  # noqa: E402

IMAGES = ROOT / "docs" / "images"
MAX_BYTES = 250_000


EXPLORER = """\
from solutions.layers import Affine, ReLU, SoftmaxWithLoss
from twoapples.widgets import explore_training

layers = {"Affine": Affine, "ReLU": ReLU, "SoftmaxWithLoss": SoftmaxWithLoss}
explore_training("spirals", (16, 16), layers=layers, rate=0.05)"""


def main() -> None:
    """Make the pictures that are asked for, or all."""
    if find_chromium() is None:
        sys.exit("There is no Chromium on this machine.")
    IMAGES.mkdir(parents=True, exist_ok=True)
    wanted = sys.argv[1:] or ["lesson", "explorer"]
    with tempfile.TemporaryDirectory() as scratch, run_chromium() as chromium:
        course = copy_course(Path(scratch) / "course")
        write_notebook(course / "explorer.ipynb", {"explorer": EXPLORER})
        with run_lab(course, Path(scratch)) as lab:
            if "explorer" in wanted:
                take_explorer(chromium, lab)
            if "lesson" not in wanted:
                return
            page = new_page(chromium, viewport={"width": 1200, "height": 960})
            notebook = NotebookPage(page, lab, f"notebooks/{LESSON}/{NOTEBOOK}")
            page.keyboard.press("Control+b")  # the file browser goes
            page.locator("#jp-left-stack").wait_for(state="hidden")
            notebook.run("setup")
            notebook.write("softmax", WRONG_SOFTMAX, replacing=STUB_LINES)
            notebook.run("softmax")
            notebook.run("check-softmax")
            take(notebook, "learner-check", "end")
            choose_theme(page, "JupyterLab Dark")
            take(notebook, "learner-check-dark", "end")
            choose_theme(page, "JupyterLab Light")
            right = reference_body("softmax", "softmax")
            notebook.write("softmax", right, replacing=len(WRONG_SOFTMAX.splitlines()))
            notebook.run_all()  # as far as the next exercise
            # The answer itself is left out of the picture.
            take(notebook, "learner-pass", "start")


def take(notebook: NotebookPage, name: str, block: str) -> None:
    """Take a picture of what a learner sees.

    Parameters
    ----------
    block : str
        Where the check of softmax stands in it: at the "start" or the "end".
    """
    page = notebook.page
    check = notebook.cell("check-softmax")
    page.mouse.move(0, 0)
    positions: list[float] = []

    def at_rest() -> bool:
        check.evaluate("(cell, block) => cell.scrollIntoView({block})", block)
        box = check.bounding_box()
        positions.append(box["y"] if box else 0.0)
        return len(positions) > 9 and len(set(positions[-9:])) == 1

    until(at_rest, "the page to come to rest")
    path = IMAGES / f"{name}.png"
    page.screenshot(path=path)
    weigh(path)


def take_explorer(chromium: Browser, lab: Lab) -> None:
    """Take a picture of the training explorer after a while of training on the spirals."""
    page = new_page(chromium, viewport={"width": 1120, "height": 1000})
    widget = WidgetNotebook(page, lab, "explorer.ipynb").widget("explorer")
    page.keyboard.press("Control+b")
    page.locator("#jp-left-stack").wait_for(state="hidden")
    # A rate that is too small, and a better one while it runs: the curve bends.
    widget.press("play")
    numbers = widget.panel.locator(".ta-numbers")
    wait_for_updates(numbers, 300)
    widget.move("rate", 0.5, log=True)
    wait_for_updates(numbers, 2500)
    widget.press("play")
    page.mouse.move(0, 0)
    path = IMAGES / "training-explorer.png"
    widget.panel.screenshot(path=path)
    weigh(path)
    page.close()


def wait_for_updates(numbers: Locator, count: int) -> None:
    """Wait until so many updates have been made."""

    def made() -> bool:
        return int(numbers.inner_text().split("update ")[1].split(",")[0]) >= count

    until(made, f"{count} updates")


def weigh(path: Path) -> None:
    """Say how large a picture is; one that is too large for the repository ends the script."""
    size = path.stat().st_size
    print(f"{path.relative_to(ROOT)}: {size / 1000:.0f} KB")
    if size > MAX_BYTES:
        sys.exit(f"{path.name} is larger than {MAX_BYTES / 1000:.0f} KB")


if __name__ == "__main__":
    main()
