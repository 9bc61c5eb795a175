"""Outside: the command that starts a nursery, in bubblewrap or bare.

Two ways lead to the same inside. For an ordinary user bubblewrap makes a user namespace, in which
it needs no rights of the machine's. For root it would stay root there, which no limit on processes
holds, and its `/proc` could not be mounted anew for each submission; so root has bubblewrap mount
everything with root's own rights and then becomes, for good, a user that nobody is.
"""

from __future__ import annotations

import atexit
import contextlib
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from grader.inside.isolation import (
    FONTS_VARIABLE,
    GID,
    HOME,
    MATPLOTLIB,
    SCRATCH,
    TEMPORARY,
    UID,
    VARIABLE,
    WORK,
    Isolation,
)
from grader.sandbox import view
from grader.sandbox.view import SandboxError

#: Whom root becomes: no account has this number, so nothing belongs to it.
NOBODY = 65533

# As root: mount what needs root's rights, then give them up. What follows are setpriv's arguments.
_AS_NOBODY = f"""\
mount -t proc -o nosuid,nodev,noexec proc /proc && chmod 0777 {SCRATCH} {SCRATCH}/* &&
exec setpriv --reuid={NOBODY} --regid={NOBODY} --clear-groups --inh-caps=-all --bounding-set=-all \
--no-new-privs "$@"
"""
_ROOT_NEEDS = ("CAP_SYS_ADMIN", "CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP", "CAP_FOWNER")


def command(
    python_args: Sequence[str], *, isolation: Isolation, keep_fds: Iterable[int] = ()
) -> tuple[list[str], dict[str, str]]:
    """Return how to start a nursery: ``python *python_args``, isolated.

    Start it from a thread that lives as long as the nursery may: the nursery dies with it.

    Parameters
    ----------
    python_args : sequence of str
        Arguments of the interpreter, ``["-I", "-m", "grader.inside.nursery"]`` say.
    isolation : Isolation
        `DEFAULT` and `STRICT` differ in how long a nursery is used, not in how it is started.
    keep_fds : iterable of int
        Files that the nursery is to inherit; give them to `Popen` as `pass_fds` too.

    Returns
    -------
    argv : list of str
    env : dict
        The whole environment: nothing of the caller's is in it.

    Raises
    ------
    SandboxError
        If bubblewrap is missing or this is not Linux.
    OSError
        If one of `keep_fds` is not open.
    """
    for number in keep_fds:
        os.fstat(number)
    fonts = font_list()
    env = _environment(isolation, fonts)
    python = [os.path.abspath(sys.executable), *python_args]
    if isolation is Isolation.NONE:
        return python, env
    program = find_bubblewrap()
    argv = [program, "--die-with-parent", "--new-session"]
    for kind in ("pid", "ipc", "net", "uts", "cgroup-try"):
        argv.append(f"--unshare-{kind}")
    argv += ["--hostname", "sandbox"]
    if os.geteuid() == 0:
        for capability in _ROOT_NEEDS:
            argv += ["--cap-add", capability]
        proc = ["--dir", "/proc"]
        python = ["/bin/sh", "-c", _AS_NOBODY, "sh", *python]
    else:
        argv += ["--unshare-user", "--uid", str(UID), "--gid", str(GID)]
        proc = ["--proc", "/proc"]
    argv += [*view.arguments(fonts), *proc, "--remount-ro", "/dev", "--remount-ro", "/"]
    return [*argv, "--chdir", WORK, "--", *python], env


def end(process: subprocess.Popen[bytes]) -> int:
    """End a nursery that was started by `command`, and everything in it; return its status.

    bubblewrap waits for the first process of its pid namespace. Killing bubblewrap itself would
    leave that process to whoever adopts orphans; so the inner one is killed, and bubblewrap reaps
    it and ends.
    """
    with contextlib.suppress(OSError, ValueError):
        path = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        for child in path.read_text(encoding="ascii").split():
            os.kill(int(child), signal.SIGKILL)
    try:
        return process.wait(timeout=2)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


@cache
def find_bubblewrap() -> str:
    """Return the path of bubblewrap's program.

    Raises
    ------
    SandboxError
        If there is none.
    """
    if sys.platform != "linux":
        raise SandboxError(f"The sandbox needs Linux; this is {sys.platform}.")
    program = shutil.which("bwrap")
    if program is None:
        raise SandboxError("bubblewrap is not installed (Debian: apt install bubblewrap).")
    return program


@cache
def font_list() -> Path | None:
    """Return Matplotlib's list of the fonts on this machine, made once and kept for later runs.

    Without it every nursery would look through all fonts, which takes seconds. It is made from
    system fonts and Matplotlib's own, never from the instructor's; None without Matplotlib.
    """
    import importlib.metadata

    try:
        version = importlib.metadata.version("matplotlib")
    except importlib.metadata.PackageNotFoundError:
        return None
    times = [
        os.stat(folder).st_mtime_ns
        for folder in ("/usr/share/fonts", "/usr/local/share/fonts")
        if os.path.isdir(folder)
    ]
    parts = repr((version, sys.prefix, sys.version, times))
    digest = hashlib.sha256(parts.encode()).hexdigest()[:16]
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    folder = Path(base, "twoapples", f"fonts-{digest}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        found = _font_list_in(folder)
        if found is None:
            _make_font_list(folder)
        found = found or _font_list_in(folder)
    except OSError:  # nowhere to keep it: a list for this process
        folder = private_folder()
        _make_font_list(folder)
        found = _font_list_in(folder)
    return found


def _font_list_in(folder: Path) -> Path | None:
    return next(iter(sorted(folder.glob("fontlist-v*.json"))), None)


def _make_font_list(folder: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="fonts-") as own:
        env = {"PATH": os.defpath, "HOME": own, "MPLCONFIGDIR": own, "LANG": "C.UTF-8"}
        making = [sys.executable, "-I", "-c", "import matplotlib.font_manager"]
        subprocess.run(
            making, env=env, cwd=own, stdin=subprocess.DEVNULL, capture_output=True, check=False
        )
        for path in Path(own).glob("fontlist-v*.json"):
            # Written beside and renamed: another grader may be reading.
            beside = folder / f"{path.name}.{os.getpid()}"
            shutil.copyfile(path, beside)
            beside.chmod(0o644)
            beside.replace(folder / path.name)


@cache
def private_folder() -> Path:
    """Return a folder that is cleared away at the end of this process."""
    folder = tempfile.mkdtemp(prefix="twoapples-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


def _environment(isolation: Isolation, fonts: Path | None) -> dict[str, str]:
    """Return a nursery's environment, made from nothing."""
    home, temporary, matplotlib = HOME, TEMPORARY, MATPLOTLIB
    path = [str(Path(sys.executable).parent), "/usr/local/bin", "/usr/bin", "/bin"]
    if isolation is Isolation.NONE:
        home = temporary = matplotlib = str(private_folder())
        if fonts is not None:
            matplotlib = str(fonts.parent)
        path = [path[0], os.environ.get("PATH", os.defpath)]
    env = {
        "HOME": home,
        "LANG": "C.UTF-8",
        "LOGNAME": "learner",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "MPLCONFIGDIR": matplotlib,
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "PATH": os.pathsep.join(path),
        "PYTHONDONTWRITEBYTECODE": "1",
        "TMPDIR": temporary,
        "TWOAPPLES_WIDGETS": "off",
        "USER": "learner",
        VARIABLE: isolation.value,
    }
    if fonts is not None and isolation is not Isolation.NONE:
        env[FONTS_VARIABLE] = fonts.name
    return env
