"""Closing the doors of this process, for good: what it opens, whom it calls, how much it takes.

Every layer holds alone: resource limits, Landlock (no file, no connection, no signal to others), and a filter of
system calls that lets through computing, memory, time and the descriptor in hand. The numbers are those of the
kernel's interface (`landlock(7)`, `seccomp(2)`).
"""

import ctypes
import math
import os
import platform
import resource
import struct
from pathlib import Path

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 1, 4, 22, 38
_SECCOMP_MODE_FILTER = 2
_ALLOW, _REFUSE, _KILL = 0x7FFF0000, 0x00050000 | 1, 0x80000000  # refused with EPERM
_LOAD, _EQUAL, _ANY_BIT, _AT_LEAST, _RETURN = 0x20, 0x15, 0x45, 0x35, 0x06
_PROT_EXEC = 4
_CREATE_RULESET, _RESTRICT_SELF = 444, 446
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
"""How many of the rights on files each version of Landlock knows; later ones know as many as the last."""

_CALLS = {
    "x86_64": (
        0xC000003E,
        """read 0 write 1 close 3 poll 7 mmap 9 mprotect 10 munmap 11 brk 12 rt_sigaction 13 rt_sigprocmask 14
        rt_sigreturn 15 select 23 sched_yield 24 mremap 25 madvise 28 nanosleep 35 getpid 39 exit 60 gettimeofday 96
        getrusage 98 sigaltstack 131 gettid 186 time 201 futex 202 restart_syscall 219 clock_gettime 228
        clock_getres 229 clock_nanosleep 230 exit_group 231 pselect6 270 ppoll 271 getrandom 318""",
    ),
    "aarch64": (
        0xC00000B7,
        """close 57 read 63 write 64 pselect6 72 ppoll 73 exit 93 exit_group 94 futex 98 nanosleep 101
        clock_gettime 113 clock_getres 114 clock_nanosleep 115 sched_yield 124 restart_syscall 128 sigaltstack 132
        rt_sigaction 134 rt_sigprocmask 135 rt_sigreturn 139 getrusage 165 gettimeofday 169 getpid 172 gettid 178
        brk 214 munmap 215 mremap 216 mmap 222 mprotect 226 madvise 233 getrandom 278""",
    ),
}


class OpenDoorError(Exception):
    """A door could not be closed: nothing may run here."""


class Locks:
    """The locks of a process, made ready before it is forked; `landlock` is off where bubblewrap stands for it."""

    def __init__(self, *, landlock: bool) -> None:
        self._landlock = landlock
        self._c = ctypes.CDLL(None, use_errno=True)
        self._program = _filter()

    def keep_one(self, descriptor: int) -> None:
        """Make a descriptor the only one of this process, as number 0, and have the process end with its parent."""
        os.dup2(descriptor, 0)
        os.closerange(1, 4096)
        self._control(_PR_SET_PDEATHSIG, 9)

    def close(self, seconds: float, memory_bytes: int) -> None:
        """Close all doors. Raises OpenDoorError if one stays open."""
        self._limit(seconds, memory_bytes)
        self._control(_PR_SET_DUMPABLE, 0)
        self._control(_PR_SET_NO_NEW_PRIVS, 1)
        if self._landlock:
            self._give_up_files()
        filters = ctypes.create_string_buffer(self._program)
        header = struct.pack("HxxxxxxP", len(self._program) // 8, ctypes.addressof(filters))
        self._control(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.c_char_p(header))
        self._try_doors()

    def _limit(self, seconds: float, memory_bytes: int) -> None:
        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        cpu = math.ceil(seconds) + 1
        for kind, most in (
            (resource.RLIMIT_AS, used + memory_bytes),
            (resource.RLIMIT_CPU, cpu),
            (resource.RLIMIT_CORE, 0),
            (resource.RLIMIT_FSIZE, 0),
            (resource.RLIMIT_NPROC, 0),
        ):
            resource.setrlimit(kind, (most, most))

    def _give_up_files(self) -> None:
        version = self._c.syscall(_CREATE_RULESET, None, 0, 1)
        if version < 1:
            raise OpenDoorError("the kernel has no Landlock")
        files = (1 << _FILE_RIGHTS[min(version, 5)]) - 1
        attributes = struct.pack("QQQ", files, 3 if version >= 4 else 0, 3 if version >= 6 else 0)
        size = 8 if version < 4 else 16 if version < 6 else 24
        rules = self._c.syscall(_CREATE_RULESET, ctypes.c_char_p(attributes), size, 0)
        if rules < 0 or self._c.syscall(_RESTRICT_SELF, rules, 0):
            raise OpenDoorError(f"Landlock refused: {os.strerror(ctypes.get_errno())}")
        os.close(rules)

    def _control(self, what: int, *values: object) -> None:
        given = [ctypes.c_ulong(value) if isinstance(value, int) else value for value in values]
        given += [ctypes.c_ulong(0)] * (4 - len(given))
        if self._c.prctl(what, *given):
            raise OpenDoorError(f"prctl {what} refused: {os.strerror(ctypes.get_errno())}")

    def _try_doors(self) -> None:
        """Try what must not work any more."""
        for attempt in (lambda: os.open("/", os.O_RDONLY), os.fork, lambda: os.kill(os.getppid(), 0), os.pipe):
            try:
                attempt()
            except OSError:
                continue
            raise OpenDoorError("a system call went through that must not")


def _filter() -> bytes:
    """Return the filter of system calls as the kernel reads it (an array of `struct sock_filter`)."""
    machine = platform.machine()
    if machine not in _CALLS:
        raise OpenDoorError(f"no filter of system calls is known for {machine}")
    architecture, table = _CALLS[machine]
    words = table.split()
    numbers = dict(zip(words[::2], map(int, words[1::2]), strict=True))
    guarded = [numbers.pop("mmap"), numbers.pop("mprotect")]
    steps = [
        (_LOAD, 0, 0, 4),
        (_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, 0),
        (_AT_LEAST, 0, 1, 0x40000000),
        (_RETURN, 0, 0, _KILL),
    ]
    for number in numbers.values():
        steps += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _ALLOW)]
    for number in guarded:  # memory is never executable
        steps += [
            (_EQUAL, 0, 4, number),
            (_LOAD, 0, 0, 32),
            (_ANY_BIT, 0, 1, _PROT_EXEC),
            (_RETURN, 0, 0, _REFUSE),
            (_RETURN, 0, 0, _ALLOW),
        ]
    steps.append((_RETURN, 0, 0, _REFUSE))
    return b"".join(struct.pack("HBBI", *step) for step in steps)
