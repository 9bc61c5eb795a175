"""Exports as Moodle, Canvas and Brightspace make them, for tests."""

import zipfile


def zip_of(path, files):
    """Write a zip file; `files` maps names, or ZipInfo objects, to contents."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


WORKSHEET = """\
Identifier,Full name,ID number,Email address,Status,Grade,Maximum Grade,Grade can be changed,\
Last modified (submission),Last modified (grade),Feedback comments
Participant 11,Ada Lovelace,2026001,ada@example.org,Submitted for grading - ,,100.00,Yes,\
"Friday, 20 November 2026, 6:00 PM",-,
Participant 12,김 민지,2026002,minji@example.org,Submitted for grading - ,,100.00,Yes,\
"Sunday, 22 November 2026, 12:05 AM",-,
Participant 13,"O'Brien, Mary-Jane",2026003,mj@example.org,No submission,,100.00,Yes,-,-,
Participant 14,=HYPERLINK("x"),2026004,eve@example.org,No submission,5.00,100.00,No,-,-,
"""

CANVAS = """\
Student,ID,SIS User ID,SIS Login ID,Section,Warm-up (900),Doubling (901),Final Score
,,,,,Manual Posting,,
    Points Possible,,,,,10.00,18.00,(read only)
"Lovelace, Ada",501,S-1,ada,A,3.00,,30.00
"김, 민지",502,S-2,minji,A,,4.00,
"=cmd, Eve",503,S-3,eve,A,,,
"Student, Test",504,,f00,A,,,
"""

BRIGHTSPACE = """\
OrgDefinedId,Username,Last Name,First Name,Email,End-of-Line Indicator
#2026001,#ada,Lovelace,Ada,ada@example.org,#
#2026002,#minji,김,민지,minji@example.org,#
"""
