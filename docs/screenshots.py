"""Make the pictures in docs/images/: `python docs/screenshots.py`, from the course folder.

Needs Chromium and the extras `dev`. The pictures show the committed notebooks in a JupyterLab of
their own; your checkout is left alone.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

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

IMAGES = ROOT / "docs" / "images"
MAX_BYTES = 250_000


def main() -> None:
    """Make all pictures."""
    if find_chromium() is None:
        sys.exit("There is no Chromium on this machine.")
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, run_chromium() as chromium:
        course = copy_course(Path(scratch) / "course")
        with run_lab(course, Path(scratch)) as lab:
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
    size = path.stat().st_size
    print(f"{path.relative_to(ROOT)}: {size / 1000:.0f} KB")
    if size > MAX_BYTES:
        sys.exit(f"{path.name} is larger than {MAX_BYTES / 1000:.0f} KB")


if __name__ == "__main__":
    main()
