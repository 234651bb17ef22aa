"""The processes that a command started: those that outlive it are adopted, found and named.

Part of the supervisor: only what costs nothing is imported at the top.
"""

from __future__ import annotations

import os

from alfred_tui.process import identity

_PR_SET_CHILD_SUBREAPER = 36


def adopt_orphans() -> str:
    """From now on, whatever a descendant leaves behind becomes this process' child, whatever group it is in.

    Returns why it could not be done; empty when it was. Linux only (prctl(2)).
    """
    import ctypes

    try:
        prctl = ctypes.CDLL(None, use_errno=True).prctl
        if prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0:
            return ""
        why = os.strerror(ctypes.get_errno())
    except (AttributeError, OSError):
        why = "this system has no prctl"
    return f"processes that left the session could not be followed: {why}"


def left_behind(session: int) -> tuple[list[str], str]:
    """`PID NAME` of this process' living descendants and the session's members; and why that is not known."""
    if not os.path.isdir(identity.PROC):
        return [], "this system has no /proc, so processes that were left running could not be looked for"
    table = {pid: fields for pid in _pids() if (fields := identity.stat_fields(pid))}
    found = {pid for pid, fields in table.items() if int(fields[3]) == session}
    kin = found | {os.getpid()}
    while kin:
        kin = {pid for pid, fields in table.items() if int(fields[1]) in kin} - found
        found |= kin
    return [f"{pid} {_name(pid)}" for pid in sorted(found) if table[pid][0] not in b"ZX"], ""


def _pids() -> list[int]:
    return [int(name) for name in os.listdir(identity.PROC) if name.isdigit()]


def _name(pid: int) -> str:
    try:
        with open(f"{identity.PROC}/{pid}/comm", "rb") as file:
            return file.read().decode("utf-8", "replace").strip()
    except OSError:
        return "(ended)"
