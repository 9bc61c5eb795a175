"""One IPython shell as a Jupyter kernel sets it up, without the kernel's threads and sockets.

The shell is ipykernel's own class; only where its messages go differs (`Outlet`). It is made before
a submission is known, once, and each submission gets a copy of it with its forked process.
"""

from __future__ import annotations

import linecache
import os
import shutil
import sys
import tempfile
from types import SimpleNamespace
from typing import Any

import comm
from comm.base_comm import BaseComm
from ipykernel import zmqshell
from ipykernel.eventloops import enable_gui
from IPython.core.profiledir import ProfileDir
from traitlets.config import Config

from grader.inside.quick import Compiler, QuickShell
from grader.inside.streams import Outlet


class ZMQInteractiveShell(QuickShell):
    """ipykernel's shell, which libraries recognise by its name.

    Attributes
    ----------
    outlet : Outlet
        Where everything goes that cells show.
    """

    outlet: Outlet
    history_manager: Any
    extension_manager: Any
    payload_manager: Any
    display_formatter: Any

    def warm_up(self) -> None:
        """Run a cell, and forget that it ran."""
        names, hidden = dict(self.user_ns), dict(self.user_ns_hidden)
        keep = vars(self.displayhook).copy()
        self.outlet.current = None
        for code in ("def f(x):\n    return [x]\nf(1.0)", "'a'"):
            self.run_cell(code, store_history=True)
        for namespace, before in ((self.user_ns, names), (self.user_ns_hidden, hidden)):
            namespace.clear()
            namespace.update(before)
        vars(self.displayhook).update(keep)
        self.history_manager.reset()
        self.compile = Compiler()
        self.execution_count, self.last_execution_result = 1, None
        linecache.clearcache()

    def enable_gui(self, gui: Any = None) -> None:
        """Accept what a kernel accepts for ``%matplotlib`` and ``%gui``."""
        try:
            enable_gui(gui, kernel=self.kernel)
        except ValueError as error:
            from IPython.core.error import UsageError

            raise UsageError(str(error)) from error
        self.active_eventloop = gui

    def ask_exit(self) -> None:
        """Go on: how much still ran after ``exit()`` would be a matter of luck in a kernel."""

    @property  # type: ignore[misc]
    def db(self) -> Any:
        """What ``%store`` keeps, in the notebook's own folder, made when it is first used."""
        if self._db is None:
            from IPython.external.pickleshare import PickleShareDB

            self._db = PickleShareDB(os.path.join(self.starting_dir, ".ipython", "db"))
        return self._db


ZMQInteractiveShell.__module__ = zmqshell.__name__


class _Comm(BaseComm):
    """Talks to no front end; an output widget that captures is obeyed, as nbclient does."""

    def publish_msg(
        self, msg_type: str, data: Any = None, metadata: Any = None, buffers: Any = None, **_: Any
    ) -> None:
        state = data.get("state") if isinstance(data, dict) else None
        if isinstance(state, dict) and "msg_id" in state:
            outlet = _outlet()
            outlet.flush()
            outlet.hooked = [c for c in outlet.hooked if c is not self]
            if state["msg_id"]:
                outlet.hooked.append(self)


def _outlet() -> Outlet:
    return ZMQInteractiveShell.instance().outlet


def make_shell(figures: bool) -> ZMQInteractiveShell:
    """Set up the shell; to be called once, in a process that runs no threads.

    Parameters
    ----------
    figures : bool
        Whether figures are rendered; if not, their text is shown alone.
    """
    config = Config()
    config.HistoryManager.enabled = False  # it has a thread and a file
    folder = tempfile.mkdtemp(prefix="ipython-")
    outlet = Outlet(key=b"")
    shell = ZMQInteractiveShell.instance(
        config=config,
        ipython_dir=folder,
        profile_dir=ProfileDir.create_profile_dir(os.path.join(folder, "profile_default")),
        kernel=SimpleNamespace(
            eventloop=None, session=outlet, iopub_socket=None, get_parent=lambda *_: {}
        ),
    )
    shutil.rmtree(folder, ignore_errors=True)
    shell.outlet = outlet
    for publisher in (shell.displayhook, shell.display_pub):
        publisher.set_trait("session", outlet)
    comm.create_comm = _Comm
    _use_interruptible_debugger()
    site = next((i for i, p in enumerate(sys.path) if p.endswith("-packages")), 0)
    if "" not in sys.path:
        sys.path.insert(site, "")  # the notebook's folder, behind the standard library
    shell.extension_manager.load_extension("storemagic")
    shell.user_ns_hidden.update(shell.user_ns)
    shell._sys_modules_keys = set(sys.modules)
    if not figures:
        _do_not_render()
    return shell


def _use_interruptible_debugger() -> None:
    """Do what a kernel does; without a debugger's front end, ``breakpoint()`` goes on there."""
    import pdb

    from IPython.core import debugger

    modules: list[Any] = [pdb, debugger]
    for module in modules:
        module.Pdb, module.set_trace = debugger.InterruptiblePdb, debugger.set_trace
    sys.breakpointhook = lambda *_, **__: None


def _do_not_render() -> None:
    from IPython.core import pylabtools

    os.environ["TWOAPPLES_FIGURES"] = "off"
    # Formatters that give None leave a figure with its text, "<Figure size 640x480 with 1 Axes>".
    for name in ("print_figure", "retina_figure"):
        setattr(pylabtools, name, lambda *_, **__: None)
