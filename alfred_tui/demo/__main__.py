"""`python -m alfred_tui.demo`: the embedded cluster, Prometheus, services and workspace in one process.

Prints one line of JSON when all of it answers (see `DemoEndpoints`), and ends when its stdin reaches its
end, on SIGTERM or SIGINT, and when its parent is gone: whoever started it, it outlives nobody.
"""

import argparse
import asyncio
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import msgspec

from alfred_tui.demo.scenarios import SCENARIOS

_PARENT_IS_LOOKED_FOR_EVERY = 1.0


def main() -> int:
    """The exit code: 0 after it was ended, 1 when it could not start, 2 for wrong arguments."""
    arguments = _parse()
    logging.basicConfig(stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")
    from alfred_tui.demo.workspace import WorkspaceError

    try:
        asyncio.run(_serve(arguments))
    except WorkspaceError as error:
        return _fail(str(error))
    except OSError as error:
        return _fail(f"the demo could not be started: {error}")
    return 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m alfred_tui.demo", description="Serves the demo.")
    parser.add_argument("--scenario", choices=list(SCENARIOS), default="healthy", help="what happens")
    parser.add_argument("--speed", type=_speed, default=1.0, help="of the simulated clock")
    parser.add_argument("--workspace", type=Path, required=True, help="an empty or a new folder")
    return parser.parse_args()


def _speed(text: str) -> float:
    speed = float(text)
    if not 0 < speed < float("inf"):
        raise argparse.ArgumentTypeError("a factor greater than 0 is needed, such as 20")
    return speed


def _fail(sentence: str) -> int:
    sys.stderr.write(f"{sentence}\n")
    return 1


async def _serve(arguments: argparse.Namespace) -> None:
    from alfred_tui.demo.compose import serving

    ended = _ending()
    async with serving(SCENARIOS[arguments.scenario], arguments.speed, arguments.workspace) as endpoints:
        sys.stdout.buffer.write(msgspec.json.encode(endpoints) + b"\n")
        sys.stdout.buffer.flush()
        await ended


def _ending() -> asyncio.Future[None]:
    """Done when this process is to end."""
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[None] = loop.create_future()

    def end() -> None:
        if not ended.done():
            ended.set_result(None)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end)
    # A thread, since an event loop cannot wait on a file or /dev/null; it ends with the process.
    line = threading.Thread(target=_hold_line, args=(loop, end), name="life-line", daemon=True)
    line.start()
    _look_for_parent(loop, os.getppid(), end)
    return ended


def _hold_line(loop: asyncio.AbstractEventLoop, end: Callable[[], None]) -> None:
    try:
        while os.read(0, 4096):
            pass
    except OSError:
        pass
    try:
        loop.call_soon_threadsafe(end)
    except RuntimeError:
        # The loop is closed already: the process is ending.
        return


def _look_for_parent(loop: asyncio.AbstractEventLoop, parent: int, end: Callable[[], None]) -> None:
    if os.getppid() != parent:
        end()
        return
    loop.call_later(_PARENT_IS_LOOKED_FOR_EVERY, _look_for_parent, loop, parent, end)


if __name__ == "__main__":
    sys.exit(main())
