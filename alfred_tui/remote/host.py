"""A far host on which steps run."""

from collections.abc import Sequence

from alfred_tui.domain.command import CommandSpec
from alfred_tui.domain.document.checklist import Host
from alfred_tui.domain.errors import CockpitError, NotAnswered
from alfred_tui.remote import scripts
from alfred_tui.remote.connection import Timing, fingerprint
from alfred_tui.remote.running import RemoteRunning, Sink, persistently
from alfred_tui.remote.sessions import Disconnected, OnState, Sessions

_TRIES = 5


class NotStarted(CockpitError):
    """The command did not begin on the far side, and will not."""


class Uncertain(CockpitError):
    """Whether the command began on the far side is not known: it may run there."""


class RemoteHost:
    """One of the checklist's hosts, by its name there. Connects when it is first needed.

    `on_state` hears `connected` and `reconnecting`, with the reason.
    """

    def __init__(
        self,
        name: str,
        host: Host,
        *,
        timing: Timing | None = None,
        on_state: OnState = lambda _state, _why: None,
    ) -> None:
        self._sessions = Sessions(name, host, timing or Timing(), on_state)

    async def connect(self) -> str:
        """Connects and logs in; the host key that it has proved. Raises CockpitError with the stage and what
        to try.
        """
        key = (await self._sessions.connection()).get_server_host_key()
        return fingerprint(key) if key else ""

    async def unready(self) -> str:
        """Why no command could be started there; empty when one could. Only looks."""
        said = await persistently(self._sessions, scripts.ready())
        return "" if said == "ready" else said

    async def launch(self, name: str, spec: CommandSpec, sink: Sink, *, again: bool = False) -> RemoteRunning:
        """Starts a command there, under `name` (`RUN/STEP`), which is used once.

        With `again` an order of ours may have left before: a command that has the name by now is ours.

        It gets the login's environment with `spec.env` added, and starts in `spec.cwd` (empty: the login's
        home). What it prints waits there, readable by the login alone, until `wait` has copied it. Should the
        connection break while it starts, this finds out whether it did, however long that takes. Raises
        CockpitError when it was not started, and Uncertain when that cannot be known.
        """
        script = scripts.launch(name, spec.argv, spec.cwd, spec.env, spec.stdin)
        for attempt in range(_TRIES):
            try:
                said = await self._sessions.ask(script)
            except Disconnected as lost:
                await self._again(lost)
                continue
            except NotAnswered as refused:
                if not attempt:
                    raise
                await self._again(refused)
                continue
            # After a broken attempt, the command that has the name is ours, too.
            if said == "started" or (said == "taken" and (attempt or again)):
                return RemoteRunning(self._sessions, name, sink)
            raise NotStarted(
                f"The command could not start on {self._sessions.told}: "
                + (
                    "one was started under its name before"
                    if said == "taken"
                    else said.removeprefix("refused ")
                )
                + ".",
                hint="Nothing was run.",
            )
        raise self._uncertain("it broke every connection off before it had said so")

    async def _again(self, lost: Exception) -> None:
        try:
            await self._sessions.patiently(lost)
        except CockpitError as refused:
            raise self._uncertain(str(refused).rstrip(".")) from refused

    def _uncertain(self, why: str) -> Uncertain:
        return Uncertain(
            f"Whether the command began on {self._sessions.told} is not known ({why}).",
            hint="Look there for it before you start it again.",
        )

    async def find(self, name: str, sink: Sink, *, patiently: bool = False) -> RemoteRunning | None:
        """The command that was started under `name`, running or ended; None when none was.

        `wait` on it goes on from the byte that the sink has reached, and tells what became of it. Raises
        NotAnswered when the host cannot be asked; where it is asked `patiently`, it is waited for.
        """
        while True:
            try:
                said = await persistently(self._sessions, scripts.look(name))
            except NotAnswered as away:
                if not patiently:
                    raise
                await self._sessions.patiently(away)
            else:
                return None if said == "absent" else RemoteRunning(self._sessions, name, sink)

    async def missing(self, programs: Sequence[str], path: str = "") -> tuple[str, ...]:
        """Those of the programs that the login does not find there, on `path` if it is given."""
        if not programs:
            return ()
        return tuple((await persistently(self._sessions, scripts.missing(programs, path))).split())

    async def close(self) -> None:
        """Closes the connection. Commands go on, and are found again."""
        await self._sessions.close()
