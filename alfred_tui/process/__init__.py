"""Supervised local commands: they outlive the cockpit, and are found again.

The names are loaded when they are asked for. The supervisor lives in this package too, and a step's start
must not wait for asyncio to be imported.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from alfred_tui.domain.command import CommandSpec, Result
    from alfred_tui.process.copying import SpoolCopy
    from alfred_tui.process.running import Absent, Alive, Ended, Found, Lost, Running, find, launch
    from alfred_tui.process.scanning import Scan
    from alfred_tui.process.shell import far_shell_argv, shell_argv
    from alfred_tui.process.spool import Line, Spool

__all__ = [
    "Absent",
    "Alive",
    "CommandSpec",
    "Ended",
    "Found",
    "Line",
    "Lost",
    "Result",
    "Running",
    "Scan",
    "Spool",
    "SpoolCopy",
    "far_shell_argv",
    "find",
    "launch",
    "shell_argv",
]

_HOMES = {
    "CommandSpec": "alfred_tui.domain.command",
    "Result": "alfred_tui.domain.command",
    "SpoolCopy": "alfred_tui.process.copying",
    "Scan": "alfred_tui.process.scanning",
    "far_shell_argv": "alfred_tui.process.shell",
    "shell_argv": "alfred_tui.process.shell",
    "Line": "alfred_tui.process.spool",
    "Spool": "alfred_tui.process.spool",
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(name)
    from importlib import import_module

    return getattr(import_module(_HOMES.get(name, "alfred_tui.process.running")), name)
