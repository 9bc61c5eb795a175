"""Collecting: every student's newest notebook arrives, whole, and nothing else is written."""

import datetime
import os
import stat
import zipfile
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner
from lms_exports import CANVAS, WORKSHEET, zip_of

from grader.cli import main
from grader.course.course import Course
from grader.errors import GraderError
from grader.lms import sources
from grader.lms.collect import Options, collect
from grader.lms.placing import Place, safe_id
from grader.lms.roster import read_roster

LESSON, NOTEBOOK = "01-doubling", "doubling"
FILE = f"{NOTEBOOK}.ipynb"


@pytest.fixture
def course(tmp_path):
    root = tmp_path / "course"
    (root / "source" / LESSON).mkdir(parents=True)
    (root / "source" / LESSON / "doubling.md").touch()
    (root / "solutions").mkdir()
    return Course(root)


@pytest.fixture
def roster(tmp_path):
    path = tmp_path / "worksheet.csv"
    path.write_text(WORKSHEET, encoding="utf-8-sig")
    return read_roster(path)


def tree(course):
    """All files that collecting has made, with their contents."""
    found = {}
    for top in ("submitted", "attempts"):
        for path in sorted((course.root / top).rglob("*")):
            if path.is_file():
                found[str(path.relative_to(course.root))] = path.read_bytes()
    return found


def everything(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def by_student(done):
    return {line.student: line for line in done.lines}


def test_moodle_with_its_worksheet(course, roster, tmp_path):
    export = zip_of(
        tmp_path / "m.zip",
        {
            "Ada Lovelace_11_assignsubmission_file_/doubling.ipynb": b"ada",
            "김 민지_12_assignsubmission_file_/doubling (1).ipynb": b"minji",
            "O'Brien, Mary-Jane_13_assignsubmission_file_/mine.ipynb": b"mj",
            "O'Brien, Mary-Jane_13_assignsubmission_onlinetext_/onlinetext.html": b"<p>hi",
            "Somebody Else_99_assignsubmission_file_/doubling.ipynb": b"?",
        },
    )
    done = collect(course, "01", export, Options(roster=roster, zone=ZoneInfo("Asia/Seoul")))
    assert done.form == "moodle"
    assert tree(course) == {
        f"submitted/2026001/{LESSON}/{FILE}": b"ada",
        f"submitted/2026001/{LESSON}/timestamp.txt": b"2026-11-20 09:00:00 UTC\n",
        f"submitted/2026002/{LESSON}/{FILE}": b"minji",
        f"submitted/2026002/{LESSON}/timestamp.txt": b"2026-11-21 15:05:00 UTC\n",
        f"submitted/2026003/{LESSON}/{FILE}": b"mj",
    }
    lines = by_student(done)
    assert lines["2026001"].notes == () and lines["2026001"].name == "Ada Lovelace"
    assert lines["2026003"].notes == ("it was called mine.ipynb",)
    assert (lines["Somebody Else"].state, lines["Somebody Else"].notes) == (
        "refused",
        ("not in the roster",),
    )


def test_moodle_without_a_roster(course, tmp_path):
    export = zip_of(
        tmp_path / "m.zip",
        {
            "Ada Lovelace_11_assignsubmission_file_x.ipynb": b"1",
            "Kim Minji_12_assignsubmission_file_x.ipynb": b"2",
            "Kim Minji_13_assignsubmission_file_x.ipynb": b"3",
        },
    )
    lines = by_student(collect(course, LESSON, export))
    assert lines["Ada-Lovelace"].state == "new"
    assert lines["Kim-Minji"].state == "refused"
    assert "12, 13" in lines["Kim-Minji"].notes[0]
    assert list(tree(course)) == [f"submitted/Ada-Lovelace/{LESSON}/{FILE}"]


def test_canvas(course, tmp_path):
    path = tmp_path / "canvas.csv"
    path.write_text(CANVAS, encoding="utf-8")
    export = zip_of(
        tmp_path / "c.zip",
        {
            "lovelaceada_501_9001_doubling.ipynb": b"first",
            "lovelaceada_501_9002_doubling-1.ipynb": b"second",
            "lovelaceada_501_9003_notes.txt": b"n",
            "lovelaceada_501_9004_other.ipynb": b"other",
            "김민지_LATE_502_9100_doubling.ipynb": b"late",
            "cmdeve_503_text.html": b"<p>",
        },
    )
    done = collect(course, LESSON, export, Options(roster=read_roster(path)))
    assert tree(course) == {
        f"submitted/ada/{LESSON}/{FILE}": b"second",
        f"submitted/minji/{LESSON}/{FILE}": b"late",
    }
    lines = by_student(done)
    assert lines["ada"].notes == (
        "notes.txt is not used",
        "doubling.ipynb is not used: another one is",
        "other.ipynb is not used: another one is",
    )
    assert lines["minji"].late and "how late" in lines["minji"].notes[0]
    late_at = datetime.datetime(2026, 11, 22, tzinfo=datetime.UTC)
    done = collect(course, LESSON, export, Options(roster=read_roster(path), late_at=late_at))
    assert by_student(done)["minji"].handed_in == late_at
    # Without a roster Canvas's own number is the id: it stays the same from lesson to lesson.
    lines = by_student(collect(course, LESSON, export, Options(dry_run=True)))
    assert {line.state for line in lines.values()} == {"new"} and set(lines) == {"501", "502"}


def test_brightspace_attempts(course, tmp_path):
    export = zip_of(
        tmp_path / "b.zip",
        {
            "index.html": b"<html>",
            "7-9 - Ada Lovelace - Nov 20, 2026 605 PM/doubling.ipynb": b"new",
            "7-9 - Ada Lovelace - Nov 19, 2026 605 PM/doubling.ipynb": b"old",
            "8-9 - Bo Li - Nov 20, 2026 1230 AM/doubling.ipynb": b"bo",
        },
    )
    done = collect(course, LESSON, export)
    assert done.form == "brightspace" and not done.refused
    files = tree(course)
    assert files[f"submitted/Ada-Lovelace/{LESSON}/{FILE}"] == b"new"
    assert files[f"attempts/Ada-Lovelace/{LESSON}/1/{FILE}"] == b"old"
    assert files[f"attempts/Ada-Lovelace/{LESSON}/2/{FILE}"] == b"new"
    stamp = f"submitted/Bo-Li/{LESSON}/timestamp.txt"
    assert files[stamp] == b"2026-11-20 00:30:00 UTC\n"
    assert not any(name.startswith("attempts/Bo-Li") for name in files)


def test_folders_and_zips_of_ones_own(course, tmp_path):
    folder = tmp_path / "in"
    (folder / "ada" / LESSON).mkdir(parents=True)
    (folder / "ada" / LESSON / FILE).write_bytes(b"ada")
    (folder / "ada" / LESSON / "draft.ipynb").write_bytes(b"draft")
    (folder / "bo.ipynb").write_bytes(b"bo")
    (folder / "cy").mkdir()
    zip_of(folder / "cy" / "work.zip", {"my/doubling.ipynb": b"cy", "my/data.csv": b"1"})
    (folder / "di").mkdir()
    (folder / "di" / "essay.zip").write_bytes(b"no zip")
    done = collect(course, LESSON, folder)
    assert {name.split("/")[1]: text for name, text in tree(course).items()} == {
        "ada": b"ada",
        "bo": b"bo",
        "cy": b"cy",
    }
    lines = by_student(done)
    assert lines["ada"].notes == ("draft.ipynb is not used: another one is",)
    assert lines["di"].state == "refused" and "no notebook" in lines["di"].notes[0]


def test_again_changes_nothing_and_a_newer_one_is_kept_beside_the_old(course, tmp_path):
    def export(name, text):
        return zip_of(tmp_path / name, {"a_1_2_doubling.ipynb": text, "b_2_3_doubling.ipynb": b"b"})

    first, second = export("1.zip", b"one"), export("2.zip", b"two")
    collect(course, LESSON, first)
    (course.root / "submitted" / "1" / LESSON / "mine.csv").write_bytes(b"by hand")
    before = tree(course)
    times = [path.stat().st_mtime_ns for path in (course.root / "submitted").rglob("*")]
    assert collect(course, LESSON, first).count("unchanged") == 2
    assert tree(course) == before
    assert times == [path.stat().st_mtime_ns for path in (course.root / "submitted").rglob("*")]

    dry = collect(course, LESSON, second, Options(dry_run=True))
    assert [line.state for line in dry.lines] == ["new attempt", "unchanged"]
    assert tree(course) == before
    collect(course, LESSON, second)
    after = tree(course)
    assert after[f"submitted/1/{LESSON}/{FILE}"] == b"two"
    assert after[f"attempts/1/{LESSON}/1/{FILE}"] == b"one"
    assert after[f"attempts/1/{LESSON}/1/mine.csv"] == b"by hand"
    assert after[f"attempts/1/{LESSON}/2/{FILE}"] == b"two"
    # The old export once more: both are known, and the newer one still counts.
    assert collect(course, LESSON, first).count("unchanged") == 2
    assert tree(course) == after


def test_a_killed_swap_is_mended(course):
    place = Place(course.root, "ada", LESSON, NOTEBOOK)
    place.add(b"one", None)
    os.rename(place.counting, place.counting.with_name(f".before-{LESSON}"))
    assert place.add(b"two", None)
    assert (place.counting / FILE).read_bytes() == b"two"
    assert [attempt.number for attempt in place.attempts()] == [1, 2]
    assert sorted(os.listdir(place.counting.parent)) == [LESSON]


def test_what_is_kept_of_a_strangers_folder(course, tmp_path):
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    place = Place(course.root, "ada", LESSON, NOTEBOOK)
    place.add(b"one", None)
    (place.counting / "link.txt").symlink_to(secret)
    os.mkfifo(place.counting / "pipe")
    place.add(b"two", None)
    assert place.count(place.attempts()[0])
    assert sorted(os.listdir(place.counting)) == [FILE, "link.txt"]
    assert (place.counting / "link.txt").is_symlink()


def entry(name, mode=0, utf8=True):
    info = zipfile.ZipInfo("x")
    info.filename = name
    info.external_attr = mode << 16
    if utf8:
        info.flag_bits |= 0x800
    return info


HOSTILE = {
    "../../outside.ipynb": "leads out",
    "a/../../b/x.ipynb": "leads out",
    "..\\..\\outside.ipynb": "leads out",
    "/etc/cron.d/x.ipynb": "absolute",
    "C:\\Users\\x.ipynb": "absolute",
    "\\\\server\\x.ipynb": "absolute",
    "n" * 2000 + ".ipynb": "1024 bytes",
    "/".join(["d"] * 40) + "/x.ipynb": "32 folders",
}


def test_hostile_paths_write_nothing_outside(course, tmp_path):
    export = zip_of(
        tmp_path / "h.zip", {**dict.fromkeys(HOSTILE, b"evil"), "ada/doubling.ipynb": b"ada"}
    )
    before = everything(tmp_path)
    done = collect(course, LESSON, export)
    assert list(tree(course)) == [f"submitted/ada/{LESSON}/{FILE}"]
    whys = [refused.why for refused in done.refused]
    assert len(whys) == len(HOSTILE)
    for expected, why in zip(HOSTILE.values(), whys, strict=True):
        assert expected in why
    new = set(everything(tmp_path)) - set(before)
    assert all(name.startswith(("course/submitted", "course/grading")) for name in new)


def test_links_devices_and_encrypted_entries(course, tmp_path):
    export = zip_of(
        tmp_path / "h.zip",
        {
            entry("ada/doubling.ipynb", stat.S_IFLNK | 0o777): b"/etc/passwd",
            entry("bo/doubling.ipynb", stat.S_IFCHR | 0o666): b"",
            entry("cy/doubling.ipynb", stat.S_IFIFO | 0o666): b"",
            entry("di/doubling.ipynb", stat.S_IFREG | 0o644): b"di",
        },
    )
    done = collect(course, LESSON, export)
    assert [refused.why for refused in done.refused] == [
        "it is a link",
        "it is a pipe or a device",
        "it is a pipe or a device",
    ]
    assert [line.student for line in done.lines] == ["di"]
    content = bytearray(zip_of(tmp_path / "e.zip", {"ada/x.ipynb": b"x"}).read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1  # says that it is encrypted
    (tmp_path / "e.zip").write_bytes(content)
    with pytest.raises(GraderError, match="it is encrypted"):
        collect(course, LESSON, tmp_path / "e.zip")


def test_links_in_folders_are_not_followed(course, tmp_path):
    secret = tmp_path / "secret.ipynb"
    secret.write_bytes(b"secret")
    folder = tmp_path / "in"
    (folder / "ada").mkdir(parents=True)
    (folder / "ada" / FILE).symlink_to(secret)
    os.mkfifo(folder / "bo.ipynb")
    (folder / "cy").symlink_to(tmp_path)
    (folder / "di.ipynb").write_bytes(b"di")
    done = collect(course, LESSON, folder)
    assert list(tree(course)) == [f"submitted/di/{LESSON}/{FILE}"]
    assert {refused.name for refused in done.refused} == {f"ada/{FILE}", "bo.ipynb", "cy"}
    # Nor is anything written through a link that lies in submitted/.
    (course.root / "submitted" / "ed").symlink_to(tmp_path, target_is_directory=True)
    (folder / "ed.ipynb").write_bytes(b"ed")
    done = collect(course, LESSON, folder)
    assert by_student(done)["ed"].notes == ("submitted/ed is a link",)
    assert not (tmp_path / LESSON).exists()


def test_bombs(course, tmp_path, monkeypatch):
    good = {"ada/doubling.ipynb": b"ada"}
    zeros = zip_of(tmp_path / "z.zip", {"bo/x.ipynb": b"\0" * 5_000_000, **good})
    done = collect(course, LESSON, zeros)
    assert "times its size" in done.refused[0].why
    assert [line.student for line in done.lines] == ["ada"]
    # One that states a small size and unpacks to a large one.
    content = zeros.read_bytes()
    lying = content.replace((5_000_000).to_bytes(4, "little"), (100_000).to_bytes(4, "little"))
    (tmp_path / "l.zip").write_bytes(lying)
    done = collect(course, LESSON, tmp_path / "l.zip")
    assert by_student(done)["bo"].state == "refused" and "damaged" in str(done.lines)
    monkeypatch.setattr(sources, "MAX_TOTAL", 100)
    with pytest.raises(GraderError, match="more than 0 GB"):
        collect(course, LESSON, zeros)
    monkeypatch.setattr(sources, "MAX_ENTRIES", 1)
    with pytest.raises(GraderError, match="holds 2 files, more than 1"):
        collect(course, LESSON, zeros)


def test_too_large(course, tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "MAX_BYTES", 10)
    export = zip_of(tmp_path / "z.zip", {"ada/doubling.ipynb": b"x" * 11})
    assert "more than" in by_student(collect(course, LESSON, export))["ada"].notes[1]
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "ada.ipynb").write_bytes(b"x" * 11)
    assert by_student(collect(course, LESSON, folder))["ada"].state == "refused"


def test_names_in_any_encoding(course, tmp_path):
    def export(raw):
        info = entry("XXXXXXXXXXXX/doubling.ipynb", utf8=False)
        path = zip_of(tmp_path / "n.zip", {info: b"x"})
        name = raw.ljust(12, b"_")[:12]
        path.write_bytes(path.read_bytes().replace(b"XXXXXXXXXXXX", name))
        return path

    done = collect(course, LESSON, export("김민지".encode()), Options(dry_run=True))
    assert done.lines[0].student == "김민지___"
    done = collect(
        course, LESSON, export("김민지".encode("cp949")), Options(dry_run=True, encoding="cp949")
    )
    assert done.lines[0].student == "김민지______"
    done = collect(course, LESSON, export(b"Andr\x82"), Options(dry_run=True))
    assert done.lines[0].student == "André_______"
    decomposed = "Ange\N{COMBINING CIRCUMFLEX ACCENT}"
    assert safe_id(decomposed) == "Angê"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a/b\\c:d", "a-b-c-d"),
        ("..", ""),
        (".hidden", "hidden"),
        ("trailing. ", "trailing"),
        ("CON", "CON-"),
        ("nul.txt", "nul.txt-"),
        ("ada\u202eevil", "adaevil"),
        ("tab\tnew\nline\0", "tab-new-line"),
        ("a" * 300, "a" * 128),
        ("가" * 300, "가" * 66),
    ],
)
def test_ids_are_safe(text, expected):
    assert safe_id(text) == expected
    assert safe_id(expected) == expected


def test_ids_that_differ_in_case_alone(course, tmp_path):
    export = zip_of(tmp_path / "c.zip", {"Ada/doubling.ipynb": b"1", "ada/doubling.ipynb": b"2"})
    done = collect(course, LESSON, export)
    assert [line.state for line in done.lines] == ["refused", "refused"]
    assert "case alone" in done.lines[0].notes[0]
    (course.root / "submitted" / "BO").mkdir(parents=True)
    export = zip_of(tmp_path / "d.zip", {"bo/doubling.ipynb": b"1"})
    assert "student BO" in collect(course, LESSON, export).lines[0].notes[0]


def test_what_is_no_export(course, tmp_path):
    (tmp_path / "x.zip").write_bytes(b"PK nothing")
    with pytest.raises(GraderError, match="neither a folder nor a zip"):
        collect(course, LESSON, tmp_path / "x.zip")
    with pytest.raises(GraderError, match="holds no notebook"):
        collect(course, LESSON, zip_of(tmp_path / "e.zip", {"index.html": b""}))
    with pytest.raises(GraderError, match=r"There is no .*gone\.zip"):
        collect(course, LESSON, tmp_path / "gone.zip")
    (course.root / "submitted").mkdir()
    with pytest.raises(GraderError, match="in submitted/ already"):
        collect(course, LESSON, course.root / "submitted")


def test_the_command(course, tmp_path):
    export = zip_of(
        tmp_path / "m.zip",
        {
            "[red]Ada\x1b[31m_11_assignsubmission_file_/doubling.ipynb": b"ada",
            "../x_12_assignsubmission_file_/doubling.ipynb": b"x",
            "\u202eBo_13_assignsubmission_file_/doubling.ipynb": b"bo",
        },
    )
    arguments = ["--course", str(course.root), "collect", "01", str(export)]
    result = CliRunner().invoke(main, [*arguments, "--dry-run"])
    assert "2 would be collected, 0 unchanged, 0 refused, 1 files left out" in result.output
    assert "\x1b" not in result.output and "\u202e" not in result.output
    assert result.exit_code == 1 and not (course.root / "submitted").exists()
    result = CliRunner().invoke(main, arguments)
    assert sorted(os.listdir(course.root / "submitted")) == ["Bo", "[red]Ada-[31m"]
    assert "With --roster" in result.output
    assert "2 unchanged" in CliRunner().invoke(main, arguments).output
