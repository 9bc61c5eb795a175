"""Reading and writing what belongs to others: files, processes, sockets, the next submission."""

from __future__ import annotations

from adversaries import code, right

# Prints whatever can be read at a list of paths.
_READ = """
import glob, os
for pattern in {patterns}:
    for path in glob.glob(os.path.expanduser(pattern), recursive=True)[:2000]:
        try:
            with open(path, "rb") as file:
                print(path, file.read(20_000))
        except OSError:
            pass
"""


def _reads(name: str, tries: str, *patterns: str, **options: bool):
    listed = "[" + ", ".join(patterns) + "]"
    return right(name, tries, _READ.format(patterns=listed), problem="", **options)


ADVERSARIES = [
    _reads(
        "reads_source",
        "the lesson with its exercises and the reference solutions",
        "COURSE + '/source/**'",
        "COURSE + '/solutions/*'",
        "'**/exercises.py'",
        strict=True,
    ),
    _reads(
        "reads_gradebook",
        "the gradebook, the plans with the hidden cases, the seed",
        "COURSE + '/*.db*'",
        "COURSE + '/grading/**'",
        strict=True,
    ),
    _reads(
        "reads_others",
        "other submissions, graded ones, feedback",
        "COURSE + '/submitted/**'",
        "COURSE + '/autograded/**'",
        "COURSE + '/feedback/**'",
        "'../**'",
        "'/submission/**'",
        strict=True,
    ),
    _reads(
        "reads_proc",
        "environment, command line, memory maps and files of all processes",
        "'/proc/[0-9]*/environ'",
        "'/proc/[0-9]*/cmdline'",
        "'/proc/[0-9]*/fd/*'",
        "'/proc/[0-9]*/root' + OUTSIDE + '/*'",
        "'/proc/[0-9]*/cwd/**'",
        strict=True,
    ),
    _reads(
        "reads_outside",
        "a file beside the course, homes, keys, mail",
        "OUTSIDE + '/*'",
        "'~/.*'",
        "'/roo[t]/.*'",
        "'/home/*/.*'",
        "'/etc/shadow'",
        "'/tmp/**'",
        "'/var/**'",
        "'/run/**'",
        "'/dev/shm/*'",
    ),
    right(
        "reads_environment",
        "variables of the grader",
        "import os\nprint(dict(os.environ))\n!env",
    ),
    right(
        "imports_solutions",
        "imports the reference, the grader's own parts, the recorded plan",
        """
        import importlib, sys
        sys.path += [COURSE, COURSE + "/source", "/"]
        for name in ("solutions", "solutions.doubling", "grader.build.hidden_cases",
                     "grader.gradebook",
                     "grader.judging.task", "exercises", "grader.grading.run"):
            try: print("FOUND", importlib.import_module(name), vars(sys.modules[name]))
            except ImportError: pass
        """,
        marks=frozenset({"FOUND"}),
    ),
    code(
        "solves_with_the_reference",
        "takes the reference for its answer",
        double="""
        import sys
        sys.path.append(COURSE)
        from solutions.doubling import double
        """,
    ),
    right(
        "looks_in_memory",
        "its own memory, a copy of the nursery's, for what the grader knows",
        """
        import gc
        for thing in gc.get_objects():
            try: text = str(thing)[:100_000]
            except BaseException: continue
            at = text.find("canary-")
            if at >= 0: print(text[at:at + 30])
        """,
    ),
    right(
        "opens_descriptors",
        "every number of an open file",
        """
        import os
        for number in range(3, 256):
            try: print(number, os.readlink(f"/proc/self/fd/{number}"), os.pread(number, 10000, 0))
            except OSError: pass
        """,
    ),
    right(
        "writes_marker",
        "writes outside: absolute, relative, by links, by /proc",
        """
        import os
        os.symlink(OUTSIDE, "out")
        for path in (MARKER, "../../../.." + MARKER, "out/" + os.path.basename(MARKER),
                     "/proc/1/root" + MARKER, "/proc/self/cwd/../../.." + MARKER,
                     COURSE + "/marker"):
            try: open(path, "w").close()
            except OSError: pass
        for make in (lambda: os.link(OUTSIDE + "/canary.txt", "mine"),
                     lambda: os.makedirs(COURSE),
                     lambda: os.mknod("null", 0o666 | 0o020000, 0x103)):
            try: make()
            except OSError: pass
        """,
        strict=True,
    ),
    right(
        "writes_gradebook",
        "full points for everybody, straight into the gradebook",
        """
        import glob, sqlite3
        for path in glob.glob(COURSE + "/*.db") + ["gradebook.db", "/proc/1/cwd/gradebook.db"]:
            try:
                with sqlite3.connect(path) as db:
                    db.execute("UPDATE grade SET auto_score = 1000, manual_score = 1000")
            except sqlite3.Error: pass
        """,
        strict=True,
    ),
    right(
        "writes_packages",
        "into the Python environment and the packages that grade",
        """
        import os, sys, numpy, twoapples, grader, site
        for folder in (sys.prefix, *numpy.__path__, *twoapples.__path__, *grader.__path__,
                       *site.getsitepackages(), "/usr/lib", "/etc", "/usr/local/bin"):
            for act in (lambda: open(folder + "/marker.pth", "w"), lambda: os.chmod(folder, 0o777),
                        lambda: os.remove(folder + "/__init__.py"), lambda: os.rename(folder, "x")):
                try: act(); print("FOUND", folder)
                except OSError: pass
        """,
        marks=frozenset({"FOUND"}),
        strict=True,
    ),
    right(
        "overwrites_itself",
        "writes notebooks that pretend to be graded, where it stands",
        """
        import json, os
        for name in ("doubling.ipynb", "../doubling.ipynb", "traces.json",
                     "autograded/doubling.ipynb"):
            try:
                os.makedirs(os.path.dirname(name) or ".", exist_ok=True)
                with open(name, "w") as file: json.dump({"score": 1000}, file)
            except OSError: pass
        """,
    ),
    right(
        "connects",
        "TCP, UDP, raw and netlink sockets, name servers",
        """
        import socket
        kinds = "INET STREAM, INET DGRAM, INET6 STREAM, PACKET RAW, NETLINK RAW, VSOCK STREAM"
        for family, kind in map(str.split, kinds.split(",")):
            try:
                s = socket.socket(getattr(socket, "AF_" + family), getattr(socket, "SOCK_" + kind))
                s.settimeout(0.2)
                s.connect(("127.0.0.1", PORT)); s.send(b"hello"); print("FOUND")
            except OSError: pass
        """,
        "!curl -s -m 1 http://127.0.0.1:{PORT}/ && echo FO''UND",
        "%%bash -s {PORT}\necho hi > /dev/tcp/127.0.0.1/$1 && echo FO''UND",
        marks=frozenset({"FOUND"}),
        strict=True,
    ),
    right(
        "abstract_socket",
        "a socket without a file, which no file system hides",
        """
        import socket
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            try:
                socket.socket(socket.AF_UNIX, kind).connect("\\0" + ABSTRACT)
                print("FOUND")
            except OSError: pass
        """,
        marks=frozenset({"FOUND"}),
        strict=True,
    ),
    right(
        "leaves_a_message",
        "leaves what the next submission could find: files, sockets, memory, modules",
        """
        import os, socket, sys, mmap, numpy as np, twoapples
        for folder in ("/tmp", "/dev/shm", ".", os.path.expanduser("~"), "/submission", "/var/tmp",
                       os.environ.get("TMPDIR", "/tmp"), os.environ.get("MPLCONFIGDIR", "/tmp")):
            try: open(folder + "/message", "w").write("MESSAGE")
            except OSError: pass
        here = socket.socket(socket.AF_UNIX); here.bind("\\0message"); here.listen()
        np.message = sys.message = twoapples.message = "MESSAGE"
        os.environ["MESSAGE"] = "MESSAGE"
        import matplotlib; matplotlib.rcParams["font.family"] = "MESSAGE"
        """,
        strict=True,
    ),
    right(
        "looks_for_a_message",
        "looks for what an earlier submission has left",
        """
        import glob, os, socket, sys, numpy as np, twoapples, matplotlib
        found = glob.glob("/**/message", recursive=False) + glob.glob("/submission/**/message")
        found += [p for p in ("/tmp", "/dev/shm", ".") if os.path.exists(p + "/message")]
        found += [m for m in (np, sys, twoapples) if hasattr(m, "message")]
        found += [os.environ[k] for k in os.environ if "MESSAGE" in k]
        found += [f for f in matplotlib.rcParams["font.family"] if f == "MESSAGE"]
        try: socket.socket(socket.AF_UNIX).connect("\\0message"); found.append("socket")
        except OSError: pass
        print("FOUND" if found else "", found)
        """,
        marks=frozenset({"FOUND"}),
        strict=True,
    ),
]
