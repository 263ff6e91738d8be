"""Restricts this process to the system calls that a computation needs."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from typing import Final

# A call that isn't listed fails as if the kernel didn't have it, so libraries fall back.
_MEMORY: Final = (
    "brk mmap mprotect munmap mremap madvise mincore msync mlock munlock membarrier "
    "get_mempolicy pkey_alloc pkey_free pkey_mprotect memfd_create"
)
_FILES: Final = (
    "read readv pread64 preadv preadv2 write writev pwrite64 lseek open openat openat2 close "
    "close_range stat fstat lstat newfstatat statx statfs fstatfs access faccessat faccessat2 "
    "readlink readlinkat getdents64 getcwd dup dup2 dup3 fcntl flock fadvise64 sendfile pipe pipe2 "
    "poll ppoll select pselect6 epoll_create1 epoll_ctl epoll_wait epoll_pwait eventfd2"
)
_THREADS: Final = (
    "futex futex_waitv set_robust_list get_robust_list rseq set_tid_address gettid "
    "sched_yield sched_getaffinity sched_getparam sched_getscheduler sched_get_priority_max "
    "sched_get_priority_min arch_prctl exit exit_group getcpu"
)
_SIGNALS: Final = (
    "rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigtimedwait sigaltstack "
    "setitimer getitimer alarm pause restart_syscall"
)
_FACTS: Final = (
    "getpid getppid getuid geteuid getgid getegid getgroups getpgrp getpgid getresuid getresgid "
    "getrusage getrlimit sysinfo uname times time gettimeofday clock_gettime clock_getres "
    "clock_nanosleep nanosleep getrandom"
)
# Only with these values of one argument.
_TERMINAL_SIZE, _TERMINAL, _BYTES_WAITING = 0x5413, 0x5401, 0x541B
_CLOSE_ON_EXEC, _DONT_CLOSE_ON_EXEC, _NON_BLOCKING = 0x5451, 0x5450, 0x5421
_IOCTLS: Final = (
    _TERMINAL,
    _TERMINAL_SIZE,
    _BYTES_WAITING,
    _CLOSE_ON_EXEC,
    _DONT_CLOSE_ON_EXEC,
    _NON_BLOCKING,
)
_SET_NAME, _GET_NAME, _NAME_MEMORY = 15, 16, 0x53564D41
_PRCTLS: Final = (_SET_NAME, _GET_NAME, _NAME_MEMORY)
_NEW_THREAD: Final = 0x10000
_STANDARD_INPUT: Final = 0
# To start a program and wait for it.
_PROGRAMS: Final = (
    "fork vfork clone execve wait4 waitid setpgid setsid kill umask chdir setrlimit prlimit64"
)


def find_c_library() -> None:
    """Let seccompy look for the C library now: it runs a program for that, which it can't later."""
    with suppress(ImportError):
        import seccompy

        seccompy.supported()


def restrict_system_calls(*, programs: bool) -> str:
    """Allow every thread of this process only these calls; return why that is impossible, or "".

    With `programs` it may start other programs, which inherit the restriction.
    """
    try:
        from seccompy import Action, ArgCmp, CmpOp, Filter, FilterFlag, SeccompError
        from seccompy.syscalls import syscall_nr
    except ImportError as failure:
        return f"{failure.name} is not installed"
    rules = Filter(Action.ERRNO | errno.ENOSYS, flags=FilterFlag.TSYNC)

    def allow(name: str, *conditions: ArgCmp) -> None:
        try:
            syscall_nr(name)
        except ValueError:  # this processor's kernel never had the call
            return
        rules.allow(name, args=conditions or None)

    try:
        for names in (_MEMORY, _FILES, _THREADS, _SIGNALS, _FACTS, _PROGRAMS if programs else ""):
            for name in names.split():
                allow(name)
        # A process may end itself with a signal, as abort() does.
        allow("tgkill", ArgCmp(0, CmpOp.EQ, os.getpid()))
        allow("prlimit64", ArgCmp(0, CmpOp.EQ, 0), ArgCmp(2, CmpOp.EQ, 0))
        allow("clone", ArgCmp(0, CmpOp.MASKED_EQ, _NEW_THREAD, _NEW_THREAD))
        # Requests arrive here, each with an open file.
        allow("recvmsg", ArgCmp(0, CmpOp.EQ, _STANDARD_INPUT))
        for value in _IOCTLS:
            allow("ioctl", ArgCmp(1, CmpOp.EQ, value))
        for value in _PRCTLS:
            allow("prctl", ArgCmp(0, CmpOp.EQ, value))
        rules.load()
    except SeccompError as failure:
        return failure.strerror or str(failure)
    return ""
