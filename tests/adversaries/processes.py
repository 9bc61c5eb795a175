"""Threads, children, signals: what should live on, and what should be killed."""

from __future__ import annotations

from adversaries import code, right

ADVERSARIES = [
    right(
        "at_exit",
        "functions that run when the process ends",
        """
        import atexit, threading, weakref
        class Last: pass
        last = Last()
        for register in (atexit.register, threading._register_atexit):
            register(lambda: open(MARKER, "w"))
        weakref.finalize(last, open, MARKER, "w")
        """,
    ),
    right(
        "threads",
        "threads that go on for ever and print meanwhile",
        """
        import threading, time
        def run():
            while True:
                print("4.0"); time.sleep(0.01)
                try: open(MARKER, "w")
                except OSError: pass
        for daemon in (True, False):
            threading.Thread(target=run, daemon=daemon).start()
        """,
        strict=True,
    ),
    right(
        "signal_handlers",
        "handlers for all signals, and a timer",
        """
        import signal
        def handler(*_):
            try: open(MARKER, "w")
            except OSError: pass
        for number in range(1, 65):
            try: signal.signal(number, signal.SIG_IGN if number != signal.SIGALRM else handler)
            except (OSError, ValueError): pass
        signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
        """,
    ),
    right(
        "children",
        "children that write when everything is over",
        """
        import os, time
        for _ in range(3):
            if os.fork() == 0:
                while True:
                    time.sleep(0.05)
                    try: open(MARKER, "w"); os._exit(0)
                    except OSError: pass
        """,
        strict=True,
    ),
    right(
        "uncounted_memory",
        "memory that no limit counts: shared without a file, and kept by a pipe",
        """
        import contextlib, ctypes, mmap, os
        with contextlib.suppress(OSError):
            print("GOT " + "IT", mmap.mmap(-1, 1 << 20))
        with contextlib.suppress(OSError), open("/dev/zero", "r+b", buffering=0) as zero:
            print("GOT " + "IT", mmap.mmap(zero.fileno(), 1 << 20))
        text = ctypes.create_string_buffer(b"page")
        parts = (ctypes.c_size_t * 2)(ctypes.addressof(text), 4)
        if ctypes.CDLL(None).vmsplice(os.pipe()[1], parts, ctypes.c_size_t(1), 0) > 0:
            print("GOT " + "IT")
        """,
        marks=frozenset({"GOT IT"}),
        strict=True,
    ),
    right(
        "lets_others_go_first",
        "takes itself from the top of the list of those to go when memory runs out",
        """
        import contextlib
        for name, value in (("oom_score_adj", "0"), ("oom_adj", "-17"), ("coredump_filter", "0")):
            with contextlib.suppress(OSError), open(f"/proc/self/{name}", "w") as file:
                file.write(value); file.flush(); print("GOT " + "IT", name)
        """,
        marks=frozenset({"GOT IT"}),
        strict=True,
    ),
    right(
        "uses_up_what_is_scarce",
        "takes all that the machine has of watchers of files, terminals, asynchronous operations",
        """
        import contextlib, ctypes, os
        libc = ctypes.CDLL(None)
        place = ctypes.c_ulong(0)
        number = 206 if os.uname().machine == "x86_64" else 0
        if libc.syscall(ctypes.c_long(number), 1, ctypes.byref(place)) == 0:
            print("GOT " + "IT: asynchronous operations")
        opened = []
        for _ in range(100):
            opened.append(libc.inotify_init())
        if opened[20] >= 0:
            print("GOT " + "IT: watchers")
        terminals = 0
        with contextlib.suppress(OSError):
            for terminals in range(30):
                opened += os.openpty()
            print("GOT " + "IT: terminals")
        for number in opened:
            with contextlib.suppress(OSError): os.close(number)
        """,
        marks=frozenset({"GOT IT"}),
    ),
    right(
        "daemon",
        "a daemon: forked twice, its own session, no files, all signals ignored",
        """
        import os, signal, time
        if os.fork() == 0:
            os.setsid()
            if os.fork():
                os._exit(0)
            for number in range(1, 65):
                try: signal.signal(number, signal.SIG_IGN)
                except (OSError, ValueError): pass
            os.chdir("/")
            while True:
                time.sleep(0.05)
                try: open(MARKER, "w")
                except OSError: pass
        os.wait()
        """,
        strict=True,
    ),
    right(
        "programs",
        "programs that go on without their parent",
        """
        import subprocess
        for command in (["sleep", f"7{TOKEN}"], ["setsid", "sleep", f"8{TOKEN}"],
                        ["sh", "-c", f"nohup sleep 9{TOKEN} & disown; exit"]):
            subprocess.Popen(command, start_new_session=True)
        """,
        strict=True,
    ),
    right(
        "other_name",
        "a child with another name and another command line",
        """
        import ctypes, os, time
        if os.fork() == 0:
            ctypes.CDLL(None).prctl(15, b"systemd", 0, 0, 0)
            time.sleep(1000)
        """,
    ),
    code(
        "kills_everything",
        "kills all it can name: its parent, 1, everybody, its group",
        """
        import os, signal
        for target in (os.getppid(), 1, -1, 0, *range(2, 400)):
            if target != os.getpid():
                for number in (signal.SIGSTOP, signal.SIGKILL):
                    try: os.kill(target, number)
                    except OSError: pass
        """,
        double=None,
        score=(4, 2),
        strict=True,
    ),
    code(
        "kills_the_nursery",
        "kills every process whose name or command line it can read",
        """
        import os, signal, glob
        for path in glob.glob("/proc/[0-9]*"):
            pid = int(path[6:])
            if pid != os.getpid():
                try: os.kill(pid, signal.SIGKILL)
                except OSError: pass
        for number in range(1, 65):
            try: os.killpg(os.getpgid(os.getppid()), 0)
            except OSError: pass
        """,
        double=None,
        score=(4, 2),
    ),
    code(
        "kills_itself",
        "its child kills it",
        """
        import os, signal, time
        parent = os.getpid()
        if os.fork() == 0:
            os.kill(parent, signal.SIGSEGV); os.kill(parent, signal.SIGABRT)
            os._exit(0)
        time.sleep(0.05)
        """,
        double=None,
        score=(4, 2),
        problem=None,
    ),
    right(
        "stops_itself",
        "stops itself and its group",
        "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)\nos.kill(0, signal.SIGTSTP)",
        strict=True,
    ),
    right(
        "traces_others",
        "ptrace, memory of others, namespaces, mounts, keys",
        """
        import ctypes, os
        libc = ctypes.CDLL(None, use_errno=True)
        print("FOUND" if libc.ptrace(16, os.getppid(), 0, 0) == 0 else "")
        print("FOUND" if libc.unshare(0x10000000) == 0 else "")
        print("FOUND" if libc.mount(b"none", b"/tmp", b"tmpfs", 0, None) == 0 else "")
        print("FOUND" if libc.syscall(250, 0, -3, 0) >= 0 else "")
        print("FOUND" if libc.syscall(319, b"x", 0) >= 0 else "")
        print("FOUND" if libc.prctl(4, 0) == -2 else "")
        """,
        marks=frozenset({"FOUND"}),
        strict=True,
    ),
    right(
        "becomes_root",
        "setuid, setgid, capabilities",
        """
        import os
        for become in (os.setuid, os.setgid, os.seteuid):
            try: become(0); print("FOUND")
            except OSError: pass
        os.system("su -c 'touch $MARKER'; sudo -n touch $MARKER")
        """,
        marks=frozenset({"FOUND"}),
    ),
    right(
        "raises_limits",
        "takes its limits away",
        """
        import resource
        for name in dir(resource):
            if name.startswith("RLIMIT") and -1 not in resource.getrlimit(getattr(resource, name)):
                try: resource.setrlimit(getattr(resource, name), (-1, -1)); print("FOUND", name)
                except (OSError, ValueError): pass
        """,
        marks=frozenset({"FOUND"}),
    ),
    right(
        "pool",
        "a pool of processes that is never closed",
        """
        import multiprocessing
        pool = multiprocessing.get_context("fork").Pool(4)
        print(pool.map(abs, [-1, 2]))
        """,
    ),
    right(
        "copies_answer",
        "forks before it is asked: two processes give answers",
        double="""
        import os, time
        copies = []
        def double(x):
            if not copies:
                copies.append(os.fork())
                time.sleep(0.3 if copies[0] else 0.1)
            return 2 * x
        """,
    ),
    right(
        "group_leader",
        "leaves the group that an interrupt goes to",
        """
        import os
        for change in (os.setsid, os.setpgrp, lambda: os.setpgid(0, 0), lambda: os.nice(19)):
            try: change()
            except OSError: pass
        """,
    ),
]
