"""Which process a number means. A pid alone does not say: it is given out again, and does not outlive a boot.

Part of the supervisor: only what costs nothing is imported at the top.
"""

from __future__ import annotations

import os

PROC = "/proc"


def start_time(pid: int) -> str:
    """When the process began, exact enough to tell it from any other of that pid; empty when it is not alive.

    Linux: clock ticks since the boot (field 22 of /proc/PID/stat). Elsewhere the second, as `ps` tells it.
    """
    if not os.path.isdir(PROC):
        return _asked("ps", "-o", "lstart=", "-p", str(pid))
    fields = stat_fields(pid)
    return fields[19].decode() if fields and fields[0] not in b"ZX" else ""


def stat_fields(pid: int | str) -> list[bytes]:
    """The fields of /proc/PID/stat after the name: state, parent, group, session, … Empty when it is gone."""
    try:
        with open(f"{PROC}/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()
    except OSError:
        return []


def boot_id() -> str:
    """What changes with each start of the machine; empty when the system does not tell."""
    try:
        with open(f"{PROC}/sys/kernel/random/boot_id", "rb") as file:
            return file.read().decode().strip()
    except OSError:
        return _asked("sysctl", "-n", "kern.boottime")


def pid_space() -> str:
    """The space in which pids are counted: a container has its own. Empty where there is but one."""
    try:
        return os.readlink(f"{PROC}/self/ns/pid")
    except OSError:
        return ""


def _asked(*argv: str) -> str:
    import subprocess

    try:
        return subprocess.run(argv, capture_output=True, text=True, timeout=5, check=False).stdout.strip()
    except (OSError, subprocess.TimeoutExpired):
        return ""
