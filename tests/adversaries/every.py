"""All hostile submissions, whatever isolation they are graded in."""

from adversaries import bombs, lies, metadata, pages, processes, reach, shells, wire

EVERY = [
    adversary
    for module in (lies, shells, processes, reach, metadata, wire, bombs)
    for adversary in module.ADVERSARIES
]
EVERY += [*pages.PAGES, *pages.FOLDER, *pages.NAMES]
