"""Renew requirements/*.txt: the pinned versions, with hashes, that the launch lines install.

    python requirements/renew.py                        follow pyproject.toml, keep all other pins
    python requirements/renew.py --upgrade              take the newest versions
    python requirements/renew.py --upgrade-package X    take the newest version of X

Needs uv in the same environment. The pins hold for Linux, macOS and Windows and for every Python
that pyproject.toml admits; they name no package registry, so anyone's mirror will do.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEADER = "# Made by `python requirements/renew.py` for `twoapples[{}]`; not edited by hand.\n"


def pin(extra: str, *options: str) -> None:
    """Resolve one extra. uv prefers the versions that the file holds already."""
    target = f"requirements/{extra}.txt"
    command = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "pyproject.toml"]
    command += ["--extra", extra, "--output-file", target, *options]
    command += ["--universal", "--python-version", "3.11", "--fork-strategy", "fewest"]
    command += ["--generate-hashes", "--no-annotate", "--no-header"]
    subprocess.run(command, cwd=ROOT, check=True)
    path = ROOT / target
    path.write_text(HEADER.format(extra) + path.read_text("utf-8"), "utf-8", newline="\n")


def main() -> None:
    # `dev` includes the others, so its versions are the versions of all three.
    pin("dev", *sys.argv[1:])
    for extra in ("lab", "grader"):
        pin(extra, "--constraints", "requirements/dev.txt")


if __name__ == "__main__":
    main()
