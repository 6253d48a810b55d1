"""What a process that decodes uploads may do, put on by itself before it opens one. There is no way back out of it.

Linux has all of it; other systems what they know of it. Not a prison: see docs/media.md for what it does not hold.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
from contextlib import suppress
from pathlib import Path

import goldenhour
from goldenhour.serve.media.landlock import shut_in
from goldenhour.serve.media.protocol import Allowance
from goldenhour.tools.data_folder import data_folder

_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38  # prctl(2)
OPEN_FILES = 64
_DEVICES = (Path("/dev/null"), Path("/dev/zero"), Path("/dev/urandom"))
# where libraries lie, and what codecs ask of the processor
_SYSTEM = (
    *("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/usr/share/zoneinfo"),
    *("/etc/ld.so.cache", "/etc/localtime", "/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat"),
    *("/sys/devices/system/cpu", "/sys/devices/system/node", "/sys/fs/cgroup"),
)
_LIBRARY = ctypes.CDLL(None, use_errno=True)


def confine(allowance: Allowance, folder: Path, parent: int) -> None:
    """Give the calling process a session of its own in ``folder`` and hold it to an allowance; it dies with ``parent``.

    The alarm at twice its time is only for when nobody is left to end it.
    """
    os.setsid()
    _call(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it was gone before it could be watched
        os._exit(1)
    os.chdir(folder)
    os.umask(0o077)
    with suppress(OSError):
        os.nice(allowance.niceness)
    with suppress(OSError):  # if the system runs out of memory, this is the first to go
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_NOFILE, OPEN_FILES)
    _limit(resource.RLIMIT_FSIZE, int(allowance.output * 1e6))
    _limit(resource.RLIMIT_CPU, int(allowance.seconds * (os.cpu_count() or 1)) + 1)
    if held := _address_space():
        _limit(resource.RLIMIT_AS, held + int(allowance.memory * 1e6))
    signal.setitimer(signal.ITIMER_REAL, 2 * allowance.seconds + 60)
    _call(_PR_SET_NO_NEW_PRIVS, 1)
    shut_in((folder, *_DEVICES), (Path(path) for path in _readable()))


def die_with_parent() -> None:
    """Let the calling process end when the one that started it does."""
    _call(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _readable() -> list[str]:
    """Python, this package, and the user's looks."""
    own = (sys.prefix, sys.base_prefix, str(Path(goldenhour.__file__).parent), str(data_folder() / "looks"))
    return [*own, *(path for path in sys.path if path), *_SYSTEM]


def _call(option: int, value: int) -> None:
    if hasattr(_LIBRARY, "prctl"):
        _LIBRARY.prctl(option, value, 0, 0, 0)


def _limit(which: int, most: int) -> None:
    with suppress(OSError, ValueError):  # a harder limit holds already
        resource.setrlimit(which, (most, most))


def _address_space() -> int:
    """Bytes; 0 where the system does not say."""
    with suppress(OSError, ValueError):
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    return 0
