"""The filter of system calls, on both architectures, by running its program as the kernel does."""

from __future__ import annotations

import ctypes
import ctypes.util
import errno
import struct

import pytest

from grader.inside import seccomp

machines = pytest.mark.parametrize("machine", seccomp.ARCHITECTURES)
ALLOW = "allowed"


def decide(machine, number, *arguments, architecture=None):
    """Run the filter; return `ALLOW` or the error's name."""
    program = seccomp.program(machine)
    data = struct.pack(
        "<IIQ6Q",
        number & 0xFFFFFFFF,
        architecture or seccomp.ARCHITECTURES[machine],
        0,
        *[*arguments, 0, 0, 0, 0, 0, 0][:6],
    )
    value, at = 0, 0
    while True:
        code, yes, no, operand = struct.unpack_from("<HBBI", program, 8 * at)
        at += 1
        if code == 0x20:
            (value,) = struct.unpack_from("<I", data, operand)
        elif code in (0x15, 0x25, 0x45):
            true = {0x15: value == operand, 0x25: value > operand, 0x45: bool(value & operand)}
            at += yes if true[code] else no
        elif code == 0x06:
            if operand == 0x7FFF0000:
                return ALLOW
            assert operand >> 16 == 5, "neither allowed nor an error"
            return errno.errorcode[operand & 0xFFFF]
        else:
            raise AssertionError(f"instruction {code:#x}")


def column(machine):
    return list(seccomp.ARCHITECTURES).index(machine)


@machines
def test_every_listed_call_is_refused_and_no_other(machine):
    denied = {numbers[column(machine)] for numbers in seccomp.DENIED.values()}
    examined = {numbers[column(machine)] for numbers in seccomp.EXAMINED.values()}
    refused = {n for n in range(seccomp.NEWEST + 1) if decide(machine, n) == "EPERM"}
    assert refused == denied - {None}
    assert not refused & examined


@machines
def test_newer_calls_do_not_exist(machine):
    for number in (seccomp.NEWEST + 1, 500, 0x40000000, 0x40000065, -1):
        assert decide(machine, number) == "ENOSYS"


@machines
def test_calls_of_other_architectures_do_not_exist(machine):
    i386, arm = 0x40000003, 0x40000028
    assert decide(machine, 1, architecture=i386) == decide(machine, 1, architecture=arm) == "ENOSYS"


@machines
def test_processes_and_threads_are_made_but_no_namespaces(machine):
    clone, clone3 = (seccomp.EXAMINED[name][column(machine)] for name in ("clone", "clone3"))
    thread, fork = 0x3D0F00, 0x1200011  # what the C library passes
    assert decide(machine, clone, thread) == decide(machine, clone, fork) == ALLOW
    for bit in (17, 25, 26, 27, 28, 29, 30):
        assert decide(machine, clone, fork | 1 << bit) == "EPERM"
    assert decide(machine, clone3, 0) == "ENOSYS"


@machines
def test_sockets_are_unix_sockets(machine):
    for name in ("socket", "socketpair"):
        number = seccomp.EXAMINED[name][column(machine)]
        assert decide(machine, number, 1) == ALLOW
        for family in (0, 2, 10, 16, 17, 38, 40):
            assert decide(machine, number, family) == "EAFNOSUPPORT"


@machines
def test_shared_memory_has_a_file(machine):
    mmap = seccomp.EXAMINED["mmap"][column(machine)]
    shared, private, validated, anonymous, fixed = 1, 2, 3, 0x20, 0x10
    for flags in (shared, private, validated, private | anonymous, private | anonymous | fixed):
        assert decide(machine, mmap, 0, 4096, 3, flags) == ALLOW
    for flags in (shared, validated):
        assert decide(machine, mmap, 0, 4096, 3, flags | anonymous | fixed) == "EPERM"


@machines
def test_nothing_is_typed_into_a_terminal(machine):
    ioctl = seccomp.EXAMINED["ioctl"][column(machine)]
    assert decide(machine, ioctl, 0, 0x5401) == ALLOW  # TCGETS
    # The upper half of the argument is not looked at by the kernel either.
    for request in (0x5412, 0x541C, 0x5412 | 1 << 32):
        assert decide(machine, ioctl, 0, request) == "EPERM"


def test_there_is_no_filter_for_an_unknown_machine():
    with pytest.raises(NotImplementedError, match="sparc64"):
        seccomp.program("sparc64")


@machines
def test_the_numbers_are_those_of_libseccomp(machine):
    """libseccomp, which Debian's apt needs, knows the numbers on every architecture."""
    name = ctypes.util.find_library("seccomp")
    if name is None:
        pytest.skip("libseccomp is not installed")
    resolve = ctypes.CDLL(name).seccomp_syscall_resolve_name_arch
    resolve.argtypes = [ctypes.c_uint32, ctypes.c_char_p]
    compared = 0
    for call, numbers in {**seccomp.DENIED, **seccomp.EXAMINED}.items():
        known = resolve(seccomp.ARCHITECTURES[machine], call.encode())
        if known == -1:  # newer than this libseccomp
            continue
        number = numbers[column(machine)]
        assert known == number if known >= 0 else number is None, call
        compared += 1
    assert compared > 60
