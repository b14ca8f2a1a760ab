"""Takes everything away from the process that calls it but its memory and the file descriptors it holds."""

import contextlib
import ctypes
import errno
import importlib
import os
import resource
import signal
from dataclasses import dataclass
from types import ModuleType

# Reading, answering, memory, time and dying: what decoding needs once everything is loaded.
_ALLOWED = (
    "read", "readv", "write", "writev", "close", "lseek", "fstat", "newfstatat",
    "munmap", "mremap", "madvise", "brk", "get_mempolicy",
    "futex", "futex_waitv", "set_robust_list", "rseq", "membarrier", "sched_yield", "sched_getaffinity",
    "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack", "restart_syscall",
    "getpid", "gettid", "getrusage", "sysinfo", "getrandom", "poll", "ppoll",
    "clock_gettime", "clock_nanosleep", "nanosleep", "gettimeofday", "exit", "exit_group",
)  # fmt: skip
_EXECUTABLE = 0x4  # PROT_EXEC
_SET_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG
_DESCRIPTORS = 16
_THREADS = 4096  # of the whole account: RLIMIT_NPROC counts nothing smaller
_SAME_PROCESS = 0x10000  # CLONE_THREAD
_NOBODY = 65_534


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one reading process may use: bytes of memory on top of what it starts with, CPU seconds in all."""

    memory_bytes: int
    cpu_seconds: int


@dataclass(frozen=True, slots=True)
class Posture:
    """Which locks hold, as tried in a process that had just locked itself; `detail` says what is missing."""

    landlock: bool
    seccomp: bool
    rlimits: bool
    detail: str


def become_nobody() -> None:
    """Give root away, where this process is root and may: nobody cannot raise its limits again."""
    if os.geteuid() == 0:
        with contextlib.suppress(OSError):  # a container may forbid even root to change its user
            os.setgroups([])
            os.setresgid(_NOBODY, _NOBODY, _NOBODY)
            os.setresuid(_NOBODY, _NOBODY, _NOBODY)


def die_with_parent(parent: int) -> None:
    """Ask the kernel to kill this process when the one that forked it ends, however it ends.

    Only after `become_nobody`: the kernel forgets the wish when a process changes its user.
    """
    ctypes.CDLL(None, use_errno=True).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def load_seccomp() -> ModuleType | None:
    """Load libseccomp's binding while files can still be opened; None where the machine lacks it."""
    try:
        return importlib.import_module("pyseccomp")
    except (ImportError, OSError, RuntimeError):
        return None


def load_landlock() -> ModuleType | None:
    """Load the Landlock binding while files can still be opened; None where it cannot be."""
    try:
        return importlib.import_module("py_landlock")
    except (ImportError, OSError, RuntimeError):
        return None


def lock_down(allowance: Allowance, landlock: ModuleType | None, seccomp: ModuleType | None) -> Posture:
    """Set the limits, then Landlock with no rule at all, then the list of allowed system calls.

    There is no way back. Each lock is tried at once: an open() must fail with the errno that only this
    lock gives (Landlock EACCES, the system call filter EPERM). What the kernel lacks is reported, not raised.
    """
    missing = [] if _limit(allowance) else ["the resource limits were refused"]
    if not _apply_landlock(landlock):
        missing.append(
            "Landlock is not there (Linux 5.13 or newer, with landlock in /sys/kernel/security/lsm)"
        )
    if not _apply_seccomp(seccomp):
        missing.append("the system call filter is not there (install libseccomp: apt install libseccomp2)")
    return Posture(
        landlock=not any(text.startswith("Landlock") for text in missing),
        seccomp=not any(text.startswith("the system call") for text in missing),
        rlimits=not any(text.startswith("the resource") for text in missing),
        detail="; ".join(missing) or "all locks hold",
    )


def _limit(allowance: Allowance) -> bool:
    """Bound memory, CPU, open files and processes; forbid written files and core dumps."""
    with open("/proc/self/statm", encoding="ascii") as sizes:  # noqa: PTH123  (no pathlib after the fork)
        mapped = int(sizes.read().split()[0]) * resource.getpagesize()
    wanted = {
        resource.RLIMIT_AS: mapped + allowance.memory_bytes,
        resource.RLIMIT_CPU: allowance.cpu_seconds,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_NOFILE: _DESCRIPTORS,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NPROC: _THREADS,
    }
    try:
        for limit, value in wanted.items():
            hard = resource.getrlimit(limit)[1]
            lowest = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(limit, (lowest, lowest))
    except (OSError, ValueError):
        return False
    return all(resource.getrlimit(limit)[0] <= value for limit, value in wanted.items())


def _apply_landlock(landlock: ModuleType | None) -> bool:
    """Forbid every file, port and outside process that Landlock knows of; tell whether it holds."""
    if landlock is None:
        return False
    try:
        landlock.Landlock(strict=False).apply()
    except (landlock.LandlockError, OSError):
        return False
    return _refusal() == errno.EACCES


def _apply_seccomp(seccomp: ModuleType | None) -> bool:
    """Let only the listed system calls through, all others fail with EPERM; tell whether it holds."""
    if seccomp is None:
        return False
    myself, nowhere = os.getpid(), 0
    try:
        rules = seccomp.SyscallFilter(seccomp.ERRNO(errno.EPERM))
        arch = seccomp.system_arch()
        for call in _ALLOWED:
            if _is_known(seccomp, arch, call):
                rules.add_rule(seccomp.ALLOW, call)
        # No new executable memory: a captured reader can only run code that was here before.
        for call in ("mmap", "mprotect"):
            rules.add_rule(seccomp.ALLOW, call, seccomp.Arg(2, seccomp.MASKED_EQ, _EXECUTABLE, 0))
        # Limits may be read, not raised, and only one's own; abort() signals itself only.
        rules.add_rule(
            seccomp.ALLOW, "prlimit64",
            seccomp.Arg(0, seccomp.EQ, nowhere), seccomp.Arg(2, seccomp.EQ, nowhere),
        )  # fmt: skip
        rules.add_rule(seccomp.ALLOW, "tgkill", seccomp.Arg(0, seccomp.EQ, myself))
        # The HEVC reader cannot do without a thread. clone() may make threads of this process, never another
        # process; clone3() hides its flags from the filter, and glibc uses clone() only if it does not exist.
        same = seccomp.Arg(0, seccomp.MASKED_EQ, _SAME_PROCESS, _SAME_PROCESS)
        rules.add_rule(seccomp.ALLOW, "clone", same)
        if _is_known(seccomp, arch, "clone3"):
            rules.add_rule(seccomp.ERRNO(errno.ENOSYS), "clone3")
        rules.load()
    except OSError:
        return False
    return _refusal() == errno.EPERM


def _is_known(seccomp: ModuleType, arch: int, call: str) -> bool:
    """Tell whether this libseccomp knows the call; one it does not know stays forbidden."""
    try:
        seccomp.resolve_syscall(arch, call)
    except (OSError, ValueError):
        return False
    return True


def _refusal() -> int:
    """Return the errno of trying to open the root folder, 0 if that worked."""
    try:
        os.close(os.open("/", os.O_RDONLY | os.O_DIRECTORY))
    except OSError as error:
        return error.errno or 0
    return 0
