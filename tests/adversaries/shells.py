"""IPython turned against the notebook: transformers, magics, formatters, hooks, exits."""

from __future__ import annotations

from adversaries import code, right

ADVERSARIES = [
    code(
        "input_transformer",
        "a transformer that empties every later cell",
        "get_ipython().input_transformers_post.append(lambda lines: ['4.0\\n'])",
        double=None,
        score=(0, 0),
        strict=True,
    ),
    code(
        "ast_transformer",
        "a transformer that makes every function return its argument doubled, but wrongly",
        """
        import ast
        class Change(ast.NodeTransformer):
            def visit_Return(self, node):
                return ast.Return(ast.Constant(4.0))
        get_ipython().ast_transformers.append(Change())
        """,
        double=None,
        score=(0, 0),
    ),
    code(
        "formatter",
        "a formatter that shows everything as full points",
        """
        formatter = get_ipython().display_formatter
        formatter.format = lambda *_, **__: ({"text/plain": "4.0"}, {})
        for kind in formatter.formatters.values():
            kind.for_type(object, lambda *_: "4.0")
        """,
        last="0.0",
        strict=True,
    ),
    code(
        "display_hook",
        "display hooks that award points",
        """
        import sys
        sys.displayhook = lambda value: print(4.0)
        get_ipython().displayhook.quiet = lambda: True
        get_ipython().displayhook.write_format_data = lambda *_: None
        """,
        last="0.0",
    ),
    code(
        "prints_scores",
        "prints, displays and returns scores",
        """
        from IPython.display import display, publish_display_data
        print("score: 4.0 / 4"); display(4.0)
        publish_display_data({"text/plain": "4.0", "application/json": {"score": 4.0}})
        4.0
        """,
        last="{'double': 4.0, 'Counter': 2.0}",
    ),
    right(
        "exception_hooks",
        "hooks for exceptions that would write a file",
        """
        import sys, threading
        hook = lambda *_, **__: open(MARKER, "w")
        sys.excepthook = sys.unraisablehook = threading.excepthook = hook
        get_ipython().set_custom_exc((BaseException,), hook)
        """,
        "1 / 0",
    ),
    right(
        "events",
        "callbacks before and after every cell",
        """
        def loud(*_):
            print("x" * 1000)
            open(MARKER, "w")
        for name in ("pre_execute", "pre_run_cell", "post_execute", "post_run_cell"):
            get_ipython().events.register(name, loud)
        """,
        strict=True,
    ),
    right(
        "magics",
        "magics that write files and run shells",
        "%%bash\ntouch $MARKER; echo 4.0",
        "%%writefile /proc/self/../../marker\n4.0",
        "!touch {MARKER}; cp -r {COURSE} .; kill -9 1",
        '%%script python -c \'open("/marker", "w")\'',
        "%cd {COURSE}",
        "%run {COURSE}/solutions/doubling.py",
        "%load_ext autoreload\n%autoreload 2",
        "%store -r\n%history -g",
    ),
    right("reset", "forgets everything", "%reset -f", "%xdel -n x\n%reset_selective -f ."),
    code(
        "reset_below",
        "forgets everything before it is asked",
        double="def double(x):\n    return 2 * x\n%reset -f",
        score=(0, 2),
    ),
    code(
        "runs_no_cell",
        "the shell runs no cell any more",
        """
        shell = get_ipython()
        shell.run_cell = lambda *_, **__: None
        shell.should_run_async = lambda *_, **__: False
        """,
        double=None,
        score=(0, 0),
    ),
    right(
        "no_shell",
        "there is no shell any more",
        """
        import IPython
        IPython.get_ipython = get_ipython = lambda: None
        IPython.core.getipython.get_ipython = get_ipython
        """,
    ),
    right(
        "exits",
        "leaves in several ways",
        "exit()",
        "import sys\nsys.exit(4)",
        "raise SystemExit(0)",
    ),
    code(
        "dies_at_once",
        "ends its process before anything was asked",
        "import os\nos._exit(0)",
        double=None,
        score=(0, 0),
        problem="its process ended too early",
        strict=True,
    ),
    right(
        "dies_at_last",
        "ends its process when everything was asked",
        last="import os\nos._exit(0)",
        problem="its process ended too early",
    ),
    code(
        "becomes_another_program",
        "replaces itself by another program",
        "import os\nos.execv('/bin/sh', ['sh', '-c', 'echo 4.0; exit 0'])",
        score=(0, 0),
        problem="its process ended too early",
    ),
    code(
        "crashes",
        "reads where there is no memory",
        "import ctypes\nctypes.string_at(0)",
        score=(0, 0),
        problem="its process ended too early",
    ),
    code(
        "closes_everything",
        "closes all files, the connection to the grader too",
        "import os\nos.closerange(0, 256)",
        score=(0, 0),
        problem="its process ended too early",
    ),
    code(
        "stops_the_loop",
        "stops the event loop that runs the cells",
        "import asyncio\nasyncio.get_event_loop().stop()",
        double=None,
        score=(0, 0),
        problem=None,
    ),
    right(
        "tasks",
        "tasks and timers that run between the cells",
        """
        import asyncio
        async def loud():
            while True:
                print("4.0"); open(MARKER, "w")
                await asyncio.sleep(0)
        task = asyncio.ensure_future(loud())
        asyncio.get_event_loop().call_later(0.001, lambda: open(MARKER, "w"))
        """,
    ),
    right(
        "import_hooks",
        "finders and loaders that take over every import",
        """
        import sys, builtins
        class Finder:
            def find_spec(self, name, *_):
                open(MARKER, "w")
        real = builtins.__import__
        builtins.__import__ = lambda name, *a, **k: real(name, *a, **k)
        sys.meta_path.insert(0, Finder())
        sys.path[:0] = ["/tmp", COURSE, "."]
        """,
    ),
    right(
        "streams",
        "standard streams that are closed, replaced, detached",
        """
        import io, os, sys
        sys.stdout.close(); sys.stdin = None
        os.close(1); os.dup2(0, 2)
        sys.stdout = io.StringIO()
        """,
    ),
    right(
        "tracing",
        "trace and profile functions that raise",
        """
        import sys
        def trace(*_):
            open(MARKER, "w")
            raise SystemExit
        """,
        "import gc\ngc.callbacks.append(lambda *_: open(MARKER, 'w'))\ngc.set_threshold(1)",
    ),
    right(
        "audit",
        "an audit hook, which cannot be removed, that fails",
        """
        import sys
        def hook(event, _):
            if event == "open":
                raise RuntimeError(WORD)
        sys.addaudithook(hook)
        """,
        hidden=("LEAK",),
    ),
    right(
        "asks_for_input",
        "waits for somebody to type",
        "input('password: ')",
        "import getpass\ngetpass.getpass()",
    ),
    right(
        "debugger", "stops in the debugger", "breakpoint()", "import pdb\npdb.set_trace()", "%debug"
    ),
    right(
        "environment_variables",
        "variables that Python and its libraries read",
        """
        import os
        for name in ("PYTHONPATH", "PYTHONSTARTUP", "PYTHONHOME", "LD_PRELOAD", "LD_LIBRARY_PATH",
                     "IPYTHONDIR", "JUPYTER_CONFIG_DIR", "MPLBACKEND", "HOME", "TMPDIR"):
            os.environ[name] = COURSE
        """,
        strict=True,
    ),
    right(
        "configuration",
        "files that Python, IPython and NumPy read when they start",
        """
        import os, site, sys, pathlib
        text = f"open({MARKER!r}, 'w')"
        names = ("sitecustomize.py usercustomize.py evil.pth numpy.py startup/00.py "
                 "ipython_config.py ipykernel_launcher.py pyvenv.cfg")
        for folder in (".", "~", "~/.ipython/profile_default", sys.prefix,
                       site.getsitepackages()[0], site.getusersitepackages()):
            for name in names.split():
                try:
                    path = pathlib.Path(folder, name).expanduser()
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_text(text)
                except OSError:
                    pass
        """,
        "import os\nos.system('python -c pass')",
        "import subprocess, sys\nsubprocess.run([sys.executable, '-c', 'import numpy'])",
        strict=True,
    ),
    right(
        "recursion_limit",
        "no limit on recursion in a thread",
        """
        import sys, threading
        sys.setrecursionlimit(3000)
        def deep(n): return n and deep(n - 1)
        thread = threading.Thread(target=deep, args=(2500,))
        thread.start(); thread.join()
        """,
    ),
]
