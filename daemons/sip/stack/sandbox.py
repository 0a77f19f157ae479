"""What the process gives up before it reads a stranger's first byte.

It keeps what a phone needs: sockets, threads, and files to read (certificates, who the name servers are). The unit's
own hardening stands around it; this is what also holds under the supervisor, and what no unit can say: that nothing is
executed any more.
"""

import ctypes
import logging
import os
import resource
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from common import seccomp

_PR_SET_DUMPABLE: Final = 4
_PR_SET_NO_NEW_PRIVS: Final = 38
_CAPABILITY_VERSION_3: Final = 0x20080522
_OPEN_FILES: Final = 1024
"""As many as select(2) can watch."""
_REFUSED: Final = (
    # other programs, and other processes' memory
    "execve", "execveat", "ptrace", "process_vm_readv", "process_vm_writev", "kill", "pidfd_open",
    "pidfd_getfd", "pidfd_send_signal", "kcmp", "personality", "userfaultfd",
    # files but to read them
    "creat", "openat2", "open_by_handle_at", "mkdir", "mkdirat", "mknod", "mknodat", "symlink", "symlinkat", "link",
    "linkat", "rename", "renameat", "renameat2", "unlink", "unlinkat", "rmdir", "chmod", "fchmod", "fchmodat",
    "fchmodat2", "chown", "fchown", "lchown", "fchownat", "truncate", "setxattr", "lsetxattr", "fsetxattr",
    "removexattr", "lremovexattr", "fremovexattr", "utimensat", "utime", "utimes", "futimesat", "inotify_init1",
    "fanotify_init",
    # what is mounted, and what a process sees
    "mount", "umount2", "pivot_root", "chroot", "open_tree", "move_mount", "fsopen", "fsmount", "fspick",
    "mount_setattr", "setns", "unshare", "swapon", "swapoff",
    # who it is
    "setuid", "setgid", "setreuid", "setregid", "setresuid", "setresgid", "setgroups", "setfsuid", "setfsgid", "capset",
    # the kernel
    "bpf", "perf_event_open", "keyctl", "add_key", "request_key", "init_module", "finit_module", "delete_module",
    "kexec_load", "kexec_file_load", "reboot", "io_uring_setup", "io_uring_enter", "io_uring_register", "syslog",
    "acct", "quotactl", "iopl", "ioperm", "clock_settime", "settimeofday", "adjtimex", "clock_adjtime", "sethostname",
    "setdomainname",
)  # fmt: skip

_libc = ctypes.CDLL(None, use_errno=True)

log = logging.getLogger(__name__)


def seal() -> None:
    """Give up everything that can be given up here, and warn of what could not be."""
    with suppress(OSError):  # it loads what looks up names, while that can be loaded
        socket.getaddrinfo("localhost", None)
    missing = []
    for name, layer in (
        ("limits", _limit),
        ("no capabilities", _drop_capabilities),
        ("no new privileges", lambda: _prctl(_PR_SET_NO_NEW_PRIVS, 1)),
        ("no core dump", lambda: _prctl(_PR_SET_DUMPABLE, 0)),
        ("system call filter", _filter_calls),
    ):
        if reason := _attempt(layer):
            missing.append(f"{name} ({reason})")
    if missing:
        log.warning("the stack is not confined as it should be: %s", ", ".join(missing))


def _attempt(layer: Callable[[], None]) -> str:
    try:
        layer()
    except OSError as error:
        return error.strerror or str(error)
    return ""


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = [_OPEN_FILES, *(limit for limit in (soft, hard) if limit != resource.RLIM_INFINITY)]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(allowed), min(allowed)))


def _drop_capabilities() -> None:
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    nothing = (ctypes.c_uint32 * 6)()
    _check(_libc.capset(header, nothing))


def _filter_calls() -> None:
    calls = seccomp.Filter(seccomp.ALLOW)
    calls.add(seccomp.REFUSE, _REFUSED)
    for how in (os.O_WRONLY, os.O_RDWR):
        calls.add(seccomp.REFUSE, ["openat"], seccomp.masked(2, os.O_ACCMODE, how))
        calls.add(seccomp.REFUSE, ["open"], seccomp.masked(1, os.O_ACCMODE, how))
    calls.load()


def _prctl(option: int, value: int) -> None:
    _check(_libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0))


def _check(result: int) -> None:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
