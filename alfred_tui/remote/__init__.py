"""Commands on far hosts, over SSH, with nothing but a POSIX shell there: they outlive the connection."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from alfred_tui.remote.connection import Timing
    from alfred_tui.remote.host import NotStarted, RemoteHost, Uncertain
    from alfred_tui.remote.running import RemoteRunning, Sink

__all__ = ["NotStarted", "RemoteHost", "RemoteRunning", "Sink", "Timing", "Uncertain"]

_HOMES = {"NotStarted": "host", "RemoteHost": "host", "Timing": "connection", "Uncertain": "host"}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(name)
    from importlib import import_module

    return getattr(import_module(f"alfred_tui.remote.{_HOMES.get(name, 'running')}"), name)
