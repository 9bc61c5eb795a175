"""One IPython shell as a Jupyter kernel sets it up, without the kernel's threads and sockets.

The shell is ipykernel's own class; only where its messages go differs (`Outlet`). It is made before
a submission is known, once, and each submission gets a copy of it with its forked process.
"""

from __future__ import annotations

import ast
import copy
import linecache
import os
import shutil
import struct
import sys
import tempfile
from types import CodeType, SimpleNamespace
from typing import Any

import comm
from comm.base_comm import BaseComm
from ipykernel import zmqshell
from ipykernel.compiler import XCachingCompiler, get_tmp_directory, get_tmp_hash_seed
from ipykernel.eventloops import enable_gui
from IPython.core.profiledir import ProfileDir
from traitlets.config import Config

from grader.inside.prepared import AWAIT_FLAGS, PLAIN_FLAGS, Prepared, placed, prepare
from grader.inside.streams import Outlet
from grader.inside.tracebacks import make_quick, without_modules


class Compiler(XCachingCompiler):
    """ipykernel's compiler, which knows the released cells already."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._numbers: dict[str, int] = {}
        self._statements: dict[str, list[ast.stmt]] = {}
        self._codes: dict[int, tuple[str, CodeType]] = {}

    def know(self, cells: list[Prepared]) -> None:
        """Use what was worked out ahead."""
        for cell in cells:
            self._numbers[cell.source] = cell.number
            self._statements[cell.transformed] = cell.statements
            self._codes.update(cell.codes)

    def get_code_name(self, raw_code: str, code: str, number: int) -> str:
        """Return the name of the file that a cell's code is said to be in."""
        if own := os.environ.get("IPYKERNEL_CELL_NAME"):
            return own
        known = self._numbers.get(raw_code)
        return os.path.join(
            get_tmp_directory(), f"{cell_hash(raw_code) if known is None else known}.py"
        )

    def ast_parse(self, source: str, filename: str = "<unknown>", symbol: str = "exec") -> ast.AST:
        """Parse a cell."""
        if symbol == "exec" and self.flags == PLAIN_FLAGS:
            statements = self._statements.get(source)
            if statements is not None:
                return ast.Module(list(statements), [])
        return super().ast_parse(source, filename, symbol)

    def __call__(self, source: Any, filename: str, symbol: str, **options: Any) -> CodeType:
        """Compile a statement."""
        if self._codes and self.flags == AWAIT_FLAGS and len(getattr(source, "body", ())) == 1:
            mode, code = self._codes.get(id(source.body[0]), ("", None))
            if code is not None and mode == symbol:
                return placed(code, filename)
        return super().__call__(source, filename, symbol, **options)


def cell_hash(code: str) -> int:
    """Return the number by which ipykernel names a cell: MurmurHash2 of its text, 32 bits."""
    data = code.encode("utf-8")
    seed, factor, mask = get_tmp_hash_seed(), 0x5BD1E995, 0xFFFFFFFF
    h = seed ^ len(data)
    whole = len(data) & ~3
    for (k,) in struct.iter_unpack("<I", data[:whole]):
        k = (k * factor) & mask
        k = ((k ^ (k >> 24)) * factor) & mask
        h = ((h * factor) & mask) ^ k
    if whole < len(data):
        h = ((h ^ int.from_bytes(data[whole:], "little")) * factor) & mask
    h = ((h ^ (h >> 13)) * factor) & mask
    return h ^ (h >> 15)


class ZMQInteractiveShell(zmqshell.ZMQInteractiveShell):
    """ipykernel's shell, which libraries recognise by its name, doing nothing twice.

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
    compile: Compiler
    prefilter_manager: Any

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._transformers = self._all_transformers()
        self._transformed = ("", "")
        self._prepared: dict[str, Prepared] = {}
        self._is_async: dict[str | None, bool] = {}

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

    def prepare(self, sources: list[str]) -> None:
        """Work out cells that many submissions will hold; before the first of them is forked."""
        cells = prepare(sources, self.input_transformer_manager.transform_cell, cell_hash)
        self._prepared.update((cell.source, cell) for cell in cells)
        self._is_async.update((cell.transformed, cell.is_async) for cell in cells)
        self.compile.know(cells)

    def transform_cell(self, raw_cell: str) -> str:
        """Transform a cell; a kernel does it twice, and needs to only where learners' code does."""
        if self.input_transformers_post or self._all_transformers() != self._transformers:
            self._transformed = ("", "")
            return super().transform_cell(raw_cell)
        known, transformed = self._transformed
        if known == raw_cell:
            self._transformed = ("", "")
            return transformed
        prepared = self._prepared.get(raw_cell)
        if prepared is None:
            transformed = super().transform_cell(raw_cell)
        elif len(prepared.transformed.splitlines()) == 1:
            with self.builtin_trap:  # what becomes of a single line depends on the names there are
                transformed = self.prefilter_manager.prefilter_lines(prepared.transformed) + "\n"
        else:
            transformed = prepared.transformed
        self._transformed = (raw_cell, transformed)
        return transformed

    def _all_transformers(self) -> list[Any]:
        manager = self.input_transformer_manager
        return [
            *manager.cleanup_transforms,
            *manager.line_transforms,
            *manager.token_transformers,
        ]

    def should_run_async(self, raw_cell: str, **parts: Any) -> bool:
        """Whether a cell awaits something."""
        text = parts.get("transformed_cell")
        plain = self.autoawait and parts.get("preprocessing_exc_tuple") is None
        if plain and (known := self._is_async.get(text)) is not None:
            return known
        return bool(super().should_run_async(raw_cell, **parts))

    def transform_ast(self, node: ast.AST) -> ast.AST:
        """Let learners' transformers change a cell's tree, but none that was worked out ahead."""
        return super().transform_ast(copy.deepcopy(node) if self.ast_transformers else node)

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

    def showtraceback(self, *arguments: Any, **options: Any) -> None:
        """Show the exception that is being handled."""
        with without_modules(self.compile._filename_map):
            super().showtraceback(*arguments, **options)

    def _format_exception_for_storage(self, exception: Any, *rest: Any, **options: Any) -> Any:
        # IPython would format the traceback a second time, for its history; it was shown just now.
        stb = getattr(self, "_last_traceback", None) or []
        return {"ename": type(exception).__name__, "evalue": str(exception), "traceback": stb}


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
        compiler_class=Compiler,
        kernel=SimpleNamespace(
            eventloop=None, session=outlet, iopub_socket=None, get_parent=lambda *_: {}
        ),
    )
    shutil.rmtree(folder, ignore_errors=True)
    shell.outlet = outlet
    for publisher in (shell.displayhook, shell.display_pub):
        publisher.set_trait("session", outlet)
    make_quick()
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
