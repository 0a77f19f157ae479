"""What a decode worker gives up before it sees a stranger's file.

Each layer is tried by itself; a container or an old kernel may refuse one. The worker reports which layers hold.
Two stand everywhere on Linux: the resource limits, and no new privileges.
"""

import mmap
import os
import resource
from contextlib import suppress
from functools import partial
from pathlib import Path

from common import seccomp
from common.confinement import (
    Layers,
    die_with,
    drop_capabilities,
    hide_memory,
    prctl,
    refuse_privileges,
    unshare,
)

MEMORY_BYTES = 512 * 2**20
CPU_SECONDS = 120
OPEN_FILES = 24

_PR_SET_MDWE = 65
_PR_MDWE_REFUSE_EXEC_GAIN = 1
_NAMESPACES = {
    "user": 0x10000000,
    "network": 0x40000000,
    "mount": 0x00020000,
    "ipc": 0x08000000,
    "uts": 0x04000000,
}
_ALLOWED_CALLS = (
    # reading and writing what is already open
    "read", "write", "pread64", "pwrite64", "readv", "writev", "lseek", "_llseek", "close",
    "fstat", "fstat64", "newfstatat", "fstatat64", "statx", "ftruncate", "ftruncate64",
    "fcntl", "fcntl64", "dup", "memfd_create",
    "recvmsg", "sendmsg", "recvfrom", "sendto", "poll", "ppoll", "ioctl",
    # memory
    "brk", "munmap", "mremap", "madvise",
    # threads that run already, time, chance, the end
    "futex", "futex_time64", "sched_yield", "sched_getaffinity", "rseq", "set_robust_list",
    "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack", "restart_syscall",
    "clock_gettime", "clock_gettime64", "clock_nanosleep", "clock_nanosleep_time64",
    "gettimeofday", "getrandom", "getpid", "gettid", "getrusage", "exit", "exit_group",
)  # fmt: skip
_ALLOWED_WITHOUT_CODE = ("mmap", "mmap2", "mprotect")
"""Calls that may not ask for memory that can be run: their third argument says what it is for."""


def confine_process(
    layers: Layers,
    parent: int,
    file_bytes: int,
    *,
    live: bool = False,
    open_files: int = OPEN_FILES,
    niceness: int = 0,
) -> None:
    """Raise what must come first, while the process still has one thread.

    Somebody is listening to what is `live`, for as long as they like: no end of computing time, and its turn at once.
    What is not live computes as much as others of its niceness, but interrupts nobody. Below 0 is for what bounds its
    own work.
    """
    layers.attempt("dies with its daemon", lambda: die_with(parent))
    layers.attempt("low priority", lambda: _lower_priority(live, niceness))
    layers.attempt("limits", lambda: _limit(file_bytes, live, open_files))
    layers.attempt("no writable code", lambda: prctl(_PR_SET_MDWE, _PR_MDWE_REFUSE_EXEC_GAIN))
    for name, flag in _NAMESPACES.items():
        layers.attempt(f"{name} namespace", partial(unshare, flag))


def seal(layers: Layers) -> None:
    """Raise the rest, once everything is loaded and every thread runs; nothing can be opened afterwards."""
    with suppress(OSError):  # while its file can still be opened; missing, the last layer says so
        seccomp.load_library()
    layers.attempt("no files", _leave_the_file_system)
    layers.attempt("no capabilities", drop_capabilities)
    layers.attempt("no new privileges", refuse_privileges)
    layers.attempt("no core dump", hide_memory)
    layers.attempt("system call filter", _filter_calls)


def _lower_priority(live: bool, niceness: int) -> None:
    # The daemon goes before other processes, and a child inherits that.
    os.sched_setscheduler(0, os.SCHED_OTHER if live else os.SCHED_BATCH, os.sched_param(0))
    os.setpriority(os.PRIO_PROCESS, 0, max(niceness, os.getpriority(os.PRIO_PROCESS, 0)))
    with suppress(OSError):  # the kernel's killer takes a worker before anything that sounds
        Path("/proc/self/oom_score_adj").write_text("1000")


def _limit(file_bytes: int, live: bool, open_files: int) -> None:
    for what, limit in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, resource.RLIM_INFINITY if live else CPU_SECONDS),
        (resource.RLIMIT_FSIZE, file_bytes),
        (resource.RLIMIT_NOFILE, open_files),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_MEMLOCK, 0),
    ):
        bounds = {limit, resource.getrlimit(what)[1]} - {resource.RLIM_INFINITY}
        lowest = min(bounds, default=resource.RLIM_INFINITY)
        resource.setrlimit(what, (lowest, lowest))


def _leave_the_file_system() -> None:
    # A directory in which nothing can be made or opened, and which is gone with this process.
    os.chroot("/proc/self/fdinfo")
    os.chdir("/")


def _filter_calls() -> None:
    calls = seccomp.Filter(seccomp.REFUSE)
    calls.add(seccomp.ALLOW, _ALLOWED_CALLS)
    calls.add(seccomp.ALLOW, _ALLOWED_WITHOUT_CODE, seccomp.masked(2, mmap.PROT_EXEC, 0))
    calls.load()
