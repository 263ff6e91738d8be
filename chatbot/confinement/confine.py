"""Confines this process to what reading one file needs.

On Linux, Landlock allows only the interpreter's own files, read-only, and seccomp allows only the
system calls of a program that computes: no sockets, no processes, no signals to others. Both hold
for all threads until the process ends. On every POSIX system, limits prevent writing to files.
"""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from chatbot.confinement.system_calls import find_c_library, restrict_system_calls

# The system's libraries, and the files that the readers' libraries look up.
_SYSTEM: Final = (
    "/lib /lib64 /usr/lib /usr/lib64 /usr/local/lib /etc/ld.so.cache /etc/localtime "
    "/usr/share/zoneinfo /usr/share/fonts /usr/local/share/fonts /dev/urandom /proc/cpuinfo "
    "/proc/meminfo /sys/devices/system/cpu"
).split()
_DEVICES: Final = ("/dev/null", "/dev/zero")
_PROGRAMS: Final = ("/bin", "/usr/bin", "/usr/local/bin", "/usr/share/tesseract-ocr")
_PACKAGES: Final = {"site-packages", "dist-packages"}
_IMPORTED: Final = {".py", ".so", ".dist-info", ".libs"}
_OPEN_FILES: Final = 256


@dataclass(frozen=True, slots=True)
class Confinement:
    """Why Landlock (`files`) or seccomp (`system_calls`) is missing; empty if it is in force."""

    files: str
    system_calls: str

    def __str__(self) -> str:
        if self.complete:
            return "files are read in a confined process"
        missing = [
            f"{name} ({reason})"
            for name, reason in (("Landlock", self.files), ("seccomp", self.system_calls))
            if reason
        ]
        return (
            f"{' and '.join(missing)} can't confine the process that reads files, so a file that "
            f"exploits a bug in a parser could do harm; build only from files that you trust"
        )

    @property
    def complete(self) -> bool:
        """Whether both are in force."""
        return not self.files and not self.system_calls


def confine(*, programs: bool = False) -> Confinement:
    """Confine this process, which must have a single thread. With `programs` it may start others.

    Only text recognition with Tesseract needs that; the program is confined in the same way.
    """
    if sys.platform != "linux":
        _limit_resources(processes=programs)
        return Confinement(*["only Linux has it"] * 2)
    # Import finders list their folders now, because they can't do so later.
    find_spec("no_such_module")
    find_c_library()
    files = _restrict_files(programs=programs)
    _limit_resources(processes=True)
    return Confinement(files, restrict_system_calls(programs=programs))


def _restrict_files(*, programs: bool) -> str:
    """Apply Landlock; return why that is impossible, or an empty text."""
    try:
        from landlockpy import AccessFS, LandlockError, Ruleset, Scope
    except ImportError as failure:
        return f"{failure.name} is not installed"
    reading = AccessFS.READ_FILE | AccessFS.READ_DIR
    try:
        with Ruleset(scoped=Scope.SIGNAL | Scope.ABSTRACT_UNIX_SOCKET) as rules:
            for path in (*map(Path, _SYSTEM), *_interpreter()):
                with suppress(FileNotFoundError):
                    rules.allow_path(path, reading if path.is_dir() else AccessFS.READ_FILE)
            for device in _DEVICES:
                rules.allow_path(device, AccessFS.READ_FILE | AccessFS.WRITE_FILE)
            for path in map(Path, (*_SYSTEM, *_PROGRAMS) if programs else ()):
                if path.is_dir():
                    rules.allow_path(path, reading | AccessFS.EXECUTE)
            rules.restrict()
    except LandlockError as failure:
        return failure.strerror or str(failure)
    return ""


def _interpreter() -> Iterator[Path]:
    """The interpreter's library, and every package on its search path.

    Only packages are allowed in a folder on the search path, because it may also hold other files,
    such as the corpus.
    """
    yield from {Path(sysconfig.get_path(name)) for name in ("stdlib", "purelib", "platlib")}
    yield Path(sys.base_prefix) / "lib"
    for folder in map(Path, sys.path):
        if folder.name in _PACKAGES or not folder.is_dir():
            yield folder
        else:
            for child in folder.iterdir():
                if child.suffix in _IMPORTED or (child / "__init__.py").exists():
                    yield child
    for name, module in sys.modules.copy().items():
        if "." not in name:
            yield from map(Path, getattr(module, "__path__", ()))


def _limit_resources(*, processes: bool) -> None:
    """Limit what may be created: no file with content, no core dump, few open files."""
    try:
        import resource
    except ImportError:  # Windows
        return
    limits = {
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: _OPEN_FILES,
    }
    if not processes:
        limits[resource.RLIMIT_NPROC] = 0
    for kind, limit in limits.items():
        hard = resource.getrlimit(kind)[1]
        most = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        with suppress(OSError, ValueError):
            resource.setrlimit(kind, (most, most))


def bound_memory(limit: int) -> None:
    """Make allocations beyond the limit fail, on systems that support it."""
    try:
        import resource
    except ImportError:
        return
    # On Linux RLIMIT_DATA counts only memory in use; RLIMIT_AS also counts reserved addresses.
    kind = resource.RLIMIT_DATA if sys.platform == "linux" else resource.RLIMIT_AS
    hard = resource.getrlimit(kind)[1]
    soft = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
    try:
        resource.setrlimit(kind, (soft, hard))
    except (OSError, ValueError):  # macOS has the limit but refuses to set it
        return
