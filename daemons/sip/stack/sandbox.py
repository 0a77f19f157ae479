"""What the process gives up before it reads a stranger's first byte.

It keeps what a phone needs: sockets, threads, and files to read (certificates, who the name servers are). The unit's
own hardening stands around it; this is what also holds under the supervisor, and what no unit can say: that nothing is
executed any more.
"""

import logging
import os
import resource
import socket
from contextlib import suppress
from typing import Final

from common import seccomp
from common.confinement import Layers, drop_capabilities, hide_memory, refuse_privileges

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

log = logging.getLogger(__name__)


def seal() -> None:
    """Give up everything that can be given up here, and warn of what could not be."""
    with suppress(OSError):  # it loads what looks up names, while that can be loaded
        socket.getaddrinfo("localhost", None)
    layers = Layers()
    layers.attempt("limits", _limit)
    layers.attempt("no capabilities", drop_capabilities)
    layers.attempt("no new privileges", refuse_privileges)
    layers.attempt("no core dump", hide_memory)
    layers.attempt("system call filter", _filter_calls)
    if layers.missing:
        log.warning("the stack is not confined as it should be: %s", ", ".join(layers.missing))


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = [_OPEN_FILES, *(limit for limit in (soft, hard) if limit != resource.RLIM_INFINITY)]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(allowed), min(allowed)))


def _filter_calls() -> None:
    calls = seccomp.Filter(seccomp.ALLOW)
    calls.add(seccomp.REFUSE, _REFUSED)
    for how in (os.O_WRONLY, os.O_RDWR):
        calls.add(seccomp.REFUSE, ["openat"], seccomp.masked(2, os.O_ACCMODE, how))
        calls.add(seccomp.REFUSE, ["open"], seccomp.masked(1, os.O_ACCMODE, how))
    calls.load()
