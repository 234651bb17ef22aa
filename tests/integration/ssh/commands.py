"""What the tests of far commands share."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest
from alfred_tui.domain.command import CommandSpec, Result
from alfred_tui.domain.document.checklist import Host
from alfred_tui.domain.errors import CockpitError
from alfred_tui.process import Spool, SpoolCopy, far_shell_argv
from alfred_tui.remote import RemoteHost, Timing

from tests.integration.process.commands import until

QUICK = Timing(connect=5, login=5, keepalive=0.2, unanswered=2, longest_pause=0.2)


class Cockpit:
    """One host from the cockpit's side, with what it told of its connection."""

    def __init__(self, host: Host, timing: Timing = QUICK) -> None:
        self.states: list[str] = []
        self.why: list[str] = []
        self.host = RemoteHost("db", host, timing=timing, on_state=self._state)

    def _state(self, state: str, why: str) -> None:
        self.states.append(state)
        self.why += [why] if why else []

    async def reconnecting(self) -> None:
        """Until the loss of the connection was noticed and told."""
        await until(lambda: "reconnecting" in self.states, "the state `reconnecting`")


def far(text: str, **more: object) -> CommandSpec:
    """A shell command for a far host, in the login's home."""
    fields: dict[str, object] = {"argv": far_shell_argv(text), "cwd": "", "env": {}}
    return CommandSpec(**(fields | more))  # type: ignore[arg-type]


def copy(folder: Path, secrets: dict[str, str] | None = None) -> SpoolCopy:
    return SpoolCopy(folder, secrets or {})


def printed(folder: Path) -> list[str]:
    return Spool(folder).lines(0, 1 << 30)


def numbers(count: int) -> Sequence[str]:
    return [str(number) for number in range(1, count + 1)]


async def run(cockpit: Cockpit, folder: Path, text: str, name: str = "", **more: object) -> Result:
    """Runs a shell command to its end, with its output in `folder` and under its name."""
    secrets = {"TOKEN": "hunter2222"}
    async with asyncio.timeout(20):
        name = name or f"{folder.parent.name}/{folder.name}"
        running = await cockpit.host.launch(name, far(text, **more), copy(folder, secrets))
        return await running.wait()


async def refused(host: Host) -> CockpitError:
    """The error of a connection that must not come about."""
    cockpit = Cockpit(host)
    with pytest.raises(CockpitError) as told:
        await cockpit.host.connect()
    assert cockpit.states == []
    return told.value


async def connects(host: Host) -> None:
    cockpit = Cockpit(host)
    await cockpit.host.connect()
    await cockpit.host.close()
