"""A step with `on: host` is held to what it expects, outlives connections and cockpits, is stopped there."""

import asyncio
import os
import re
import signal
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest
from alfred_tui.actions.clock import Clock
from alfred_tui.actions.commands import run
from alfred_tui.actions.context import Equipment, StepContext
from alfred_tui.actions.registry import performers
from alfred_tui.domain.canary import Measurement
from alfred_tui.domain.command import Result
from alfred_tui.domain.document.actions import Run
from alfred_tui.domain.document.checklist import Checklist, Expect, Host, Phase, Section, Step
from alfred_tui.domain.errors import NotConfigured
from alfred_tui.domain.evidence import Outcome
from alfred_tui.domain.run.events import AnyEvent, Entry, RunStarted, StepFinished, StepWaiting
from alfred_tui.domain.run.folding import begin
from alfred_tui.engine.performing import perform
from alfred_tui.process import Spool
from alfred_tui.remote import RemoteRunning
from alfred_tui.remote.sessions import Sessions

from tests.integration.process.commands import until
from tests.integration.ssh.server import Proxy, Sshd


def ended(event: AnyEvent) -> Outcome:
    """How the step that is over ended."""
    assert isinstance(event, StepFinished)
    return event.outcome


class Attempt:
    """One attempt of a step on a host, from a cockpit that can leave."""

    def __init__(
        self, folder: Path, host: Host, command: str, taken_up: bool = False, **fields: object
    ) -> None:
        self.notes: list[str] = []
        self.aloud: set[str] = set()
        self.leaves = False
        self.folder = folder
        step = Step(id="migrate", title="Migrate", action=Run(command=command), on="db", **fields)  # type: ignore[arg-type]
        section = Section(id="s", title="S", steps=(step,))
        checklist = Checklist(
            title="T", phases=(Phase(id="p", title="P", sections=(section,)),), hosts={"db": host}
        )
        started = RunStarted(run=folder.parent.name, title="T", digest="d", lead="ann", host="h")
        state = begin(checklist, Entry(seq=1, at=1.0, event=started))
        self.ctx = StepContext(
            step=step,
            attempt=1,
            folder=folder,
            checklist=checklist,
            state=lambda: state,
            equipment=Equipment(
                clock=Clock(), workdir=folder.parent, environ={"PATH": "/nowhere"},
                secrets={"DATABASE_URL": "postgresql://u:swordfish@db/x", "OTHER": "not-for-this-step"},
            ),
            progress=self._progress,
            capture=_nothing,
            detached=lambda: self.leaves,
            taken_up=taken_up,
        )  # fmt: skip

    async def _progress(
        self, note: str, measurements: Sequence[Measurement] = (), *, mark: str = "", aloud: bool = False
    ) -> None:
        self.notes.append(note)
        self.aloud |= {note} if aloud else set()

    async def outcome(self) -> Outcome:
        async with asyncio.timeout(30):
            return await run(self.ctx)

    async def printed(self, line: str) -> None:
        """Until the command has printed that line, as seen here."""
        await until(lambda: line in self.lines(), line)

    def lines(self) -> list[str]:
        return Spool(self.folder).lines(0, 1 << 30) if self.folder.exists() else []


async def _nothing(point: object) -> None:
    """No step here captures a rollback point."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / f"run-{tmp_path.name}" / "migrate"


async def test_it_is_judged_like_a_local_one(sshd: Sshd, folder: Path) -> None:
    attempt = Attempt(
        folder, sshd.host(), "echo applied 12 migrations",
        expect=Expect(match="^applied"), capture={"count": r"applied (\d+)"},
    )  # fmt: skip
    outcome = await attempt.outcome()
    assert outcome.status == "passed"
    assert outcome.outputs == {"count": "12"}


async def test_a_failing_command_fails_with_its_last_line(sshd: Sshd, folder: Path) -> None:
    outcome = await Attempt(folder, sshd.host(), "echo relation is locked >&2; exit 3").outcome()
    assert outcome.status == "failed"
    assert "exit 3: relation is locked" in outcome.reason


@pytest.mark.parametrize(
    "expect", [Expect(no_output=True), Expect(match="^applied"), Expect(not_match="ERROR")]
)
async def test_what_a_full_disk_there_may_have_swallowed_is_no_success(
    sshd: Sshd, folder: Path, monkeypatch: pytest.MonkeyPatch, expect: Expect
) -> None:
    wait = RemoteRunning.wait

    async def with_a_full_disk(self: RemoteRunning) -> Result:
        return msgspec.structs.replace(await wait(self), unkept="the disk there had no room left")

    monkeypatch.setattr(RemoteRunning, "wait", with_a_full_disk)
    outcome = await Attempt(folder, sshd.host(), "true", expect=expect).outcome()
    assert outcome.status == "inconclusive"
    assert "output may be missing: the disk there had no room left" in outcome.reason


async def test_it_gets_the_secrets_that_it_names_and_shows_none(sshd: Sshd, folder: Path) -> None:
    attempt = Attempt(
        folder, sshd.host(), 'echo "url $DATABASE_URL other ${OTHER-none}"; echo "in $(cat)"',
        secrets=("DATABASE_URL",), stdin="DATABASE_URL",
    )  # fmt: skip
    assert (await attempt.outcome()).status == "passed"
    assert attempt.lines() == ["url ‹DATABASE_URL› other none", "in ‹DATABASE_URL›"]


async def test_a_lost_connection_is_told_and_the_command_goes_on(
    sshd: Sshd, proxy: Proxy, folder: Path
) -> None:
    attempt = Attempt(
        folder,
        sshd.host(port=proxy.port),
        "echo begin; while ! test -e ~/go; do sleep 0.05; done; echo end",
    )
    task = asyncio.create_task(attempt.outcome())
    await attempt.printed("begin")
    proxy.cut()
    await until(
        lambda: any("reconnecting to db (127.0.0.1) since " in note for note in attempt.notes), "the loss"
    )
    (sshd.home / "go").touch()
    outcome = await task
    (sshd.home / "go").unlink()
    assert outcome.status == "passed"
    assert attempt.lines() == ["begin", "end"]
    assert re.fullmatch(r"connected to db \(127.0.0.1\) again, after \d:\d\d", attempt.notes[-1])
    assert attempt.aloud == set(attempt.notes)


async def test_the_next_cockpit_takes_up_what_runs_there(sshd: Sshd, folder: Path) -> None:
    command = "echo ran >> ~/taken-up; echo begin; while ! test -e ~/on; do sleep 0.05; done; echo end"
    first = Attempt(folder, sshd.host(), command)
    task = asyncio.create_task(first.outcome())
    await first.printed("begin")
    first.leaves = True
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    (sshd.home / "on").touch()
    second = Attempt(folder, sshd.host(), command)
    outcome = await second.outcome()
    (sshd.home / "on").unlink()
    assert outcome.status == "passed"
    assert second.lines() == ["begin", "end"]
    assert (sshd.home / "taken-up").read_text() == "ran\n"
    # What has ended is known here: no host is asked.
    third = Attempt(folder, Host(host="nowhere.invalid"), command)
    assert (await third.outcome()).status == "passed"


async def begun_and_left(attempt: Attempt) -> None:
    """A cockpit that starts the command and leaves."""
    task = asyncio.create_task(attempt.outcome())
    await attempt.printed("begin")
    attempt.leaves = True
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_host_that_is_away_when_the_next_cockpit_comes_is_waited_for(
    sshd: Sshd, proxy: Proxy, folder: Path
) -> None:
    command = "echo ran >> ~/waited-for; echo begin; while ! test -e ~/back; do sleep 0.05; done; exit 3"
    host, port = sshd.host(port=proxy.port), proxy.port
    await begun_and_left(Attempt(folder, host, command))
    await proxy.stop()
    second = Attempt(folder, host, command)
    task = asyncio.create_task(second.outcome())
    await until(lambda: any("reconnecting to db" in note for note in second.notes), "the first attempt")
    (sshd.home / "back").touch()
    await proxy.start(port)
    outcome = await task
    (sshd.home / "back").unlink()
    assert (outcome.status, outcome.reason) == ("failed", "It ended with exit 3: begin.")
    assert "connected to db (127.0.0.1) again" in second.notes[-1]
    assert (sshd.home / "waited-for").read_text() == "ran\n"


async def test_a_command_that_cannot_be_reached_for_its_end_may_still_run(
    sshd: Sshd, proxy: Proxy, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alfred_tui.actions.far._UNREACHED", -9.5)
    host = sshd.host(port=proxy.port)
    await begun_and_left(Attempt(folder, host, "echo $$ > ~/unreached; echo begin; sleep 81"))
    await proxy.stop()
    second = Attempt(folder, host, "the same")
    task = asyncio.create_task(perform(second.ctx, {Run: run}))
    await until(lambda: any("reconnecting" in note for note in second.notes), "the first attempt")
    task.cancel()
    outcome = ended(await task)
    os.kill(int((sshd.home / "unreached").read_text()), signal.SIGKILL)
    assert "being stopped on db (127.0.0.1), which has 0 s to answer" in second.notes
    assert outcome.status == "interrupted"
    assert outcome.reason == (
        "It could not be stopped (db (127.0.0.1) did not answer); it may still run there."
    )


async def test_what_is_cancelled_while_its_host_is_away_is_stopped_when_it_is_back(
    sshd: Sshd, proxy: Proxy, folder: Path
) -> None:
    port = proxy.port
    attempt = Attempt(folder, sshd.host(port=port), "echo begin; exec sleep 83")
    task = asyncio.create_task(perform(attempt.ctx, {Run: run}))
    await attempt.printed("begin")
    await proxy.stop()
    await until(lambda: any("reconnecting" in note for note in attempt.notes), "the loss")
    task.cancel()
    since = r"since [\d:]+ \(UTC\): nobody listens there"
    told = re.compile(rf"to be stopped: reconnecting to db \(127.0.0.1\) {since}")
    await until(lambda: any(map(told.fullmatch, attempt.notes)), "the wait for the host")
    assert not [note for note in attempt.notes if "No connection" in note]
    await proxy.start(port)
    outcome = ended(await task)
    assert outcome.status == "cancelled"
    assert [one.value for one in outcome.evidence] == ["SIGTERM to its process group"]


async def test_what_was_to_be_cancelled_when_its_cockpit_left_is_stopped_by_the_next_one(
    sshd: Sshd, proxy: Proxy, folder: Path
) -> None:
    port = proxy.port
    await begun_and_left(
        Attempt(folder, sshd.host(port=port), "echo $$ > ~/wished; echo begin; exec sleep 84")
    )
    await proxy.stop()
    second = Attempt(folder, sshd.host(port=port), "the same", taken_up=True)
    task = asyncio.create_task(perform(second.ctx, performers()))
    asyncio.get_running_loop().call_soon(task.cancel)  # as the engine does, before anything was looked at
    await until(
        lambda: any("to be stopped: reconn" in note for note in second.notes), "the wait for the host"
    )
    await proxy.start(port)
    outcome = ended(await task)
    assert outcome.status == "cancelled"
    assert [one.value for one in outcome.evidence] == ["SIGTERM to its process group"]
    assert not Path(f"/proc/{(sshd.home / 'wished').read_text().strip()}").exists()
    third = Attempt(folder, Host(host="nowhere.invalid"), "the same", taken_up=True)
    task = asyncio.create_task(perform(third.ctx, performers()))
    asyncio.get_running_loop().call_soon(task.cancel)
    assert ended(await task).evidence == outcome.evidence


async def test_a_host_that_is_another_by_then_leaves_it_interrupted(
    sshd: Sshd, folder: Path, tmp_path: Path
) -> None:
    await begun_and_left(Attempt(folder, sshd.host(), "echo $$ > ~/another; echo begin; sleep 82"))
    (tmp_path / "empty").touch()
    outcome = await Attempt(folder, sshd.host(known_hosts=str(tmp_path / "empty")), "the same").outcome()
    os.kill(int((sshd.home / "another").read_text()), signal.SIGKILL)
    assert outcome.status == "interrupted"
    assert "is not known: there is no entry for it" in outcome.reason
    assert "The command may still run there." in outcome.reason


async def test_a_cancelled_step_is_stopped_there_and_says_how(sshd: Sshd, folder: Path) -> None:
    attempt = Attempt(folder, sshd.host(), "echo $$ > ~/pid; echo begin; sleep 60")
    task = asyncio.create_task(perform(attempt.ctx, {Run: run}))
    await attempt.printed("begin")
    task.cancel()
    async with asyncio.timeout(20):
        event = await task
    outcome = ended(event)
    assert outcome.status == "cancelled"
    assert [(one.label, one.value) for one in outcome.evidence] == [
        ("stopped by", "SIGTERM to its process group")
    ]
    pid = (sshd.home / "pid").read_text().strip()
    assert not Path(f"/proc/{pid}").exists()


async def test_a_program_that_the_host_lacks_is_told_before_anything_runs(sshd: Sshd, folder: Path) -> None:
    attempt = Attempt(folder, sshd.host(), "echo ran", requires=("sh", "no-such-program", "it's"))
    event = await perform(attempt.ctx, {Run: run})
    assert isinstance(event, StepWaiting)  # as it is here: a person may sign for it instead
    assert event.ask.because == "no-such-program and it's are not on PATH on db (127.0.0.1)."
    assert "ran" not in attempt.lines()
    there = Attempt(folder, sshd.host(), "echo ran", requires=("sh", "cat"))
    assert (await there.outcome()).status == "passed"


async def test_one_that_is_cancelled_while_it_starts_there_is_stopped_there(
    sshd: Sshd, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask, started = Sessions.ask, asyncio.Event()

    async def slow_to_answer(self: Sessions, script: bytes) -> str:
        said = await ask(self, script)
        if said == "started":
            started.set()
            await asyncio.sleep(0.5)
        return said

    monkeypatch.setattr(Sessions, "ask", slow_to_answer)
    attempt = Attempt(folder, sshd.host(), "echo $$ > ~/started-pid; exec sleep 60")
    task = asyncio.create_task(perform(attempt.ctx, {Run: run}))
    async with asyncio.timeout(20):
        await started.wait()
        task.cancel()
        event = await task
    outcome = ended(event)
    assert outcome.status == "cancelled"
    assert [one.value for one in outcome.evidence] == ["SIGTERM to its process group"]
    path = sshd.home / "started-pid"
    assert not path.exists() or not Path(f"/proc/{path.read_text().strip()}").exists()


async def test_one_that_is_cancelled_before_it_is_to_start_there_never_starts(
    sshd: Sshd, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask, asked = Sessions.ask, asyncio.Event()

    async def slow_to_ask(self: Sessions, script: bytes) -> str:
        asked.set()
        await asyncio.sleep(0.5)
        return await ask(self, script)

    monkeypatch.setattr(Sessions, "ask", slow_to_ask)
    attempt = Attempt(folder, sshd.host(), "echo ran >> ~/never")
    task = asyncio.create_task(perform(attempt.ctx, {Run: run}))
    await asked.wait()
    task.cancel()
    event = await task
    assert ended(event).status == "cancelled"
    await asyncio.sleep(1)
    assert not (sshd.home / "never").exists()


async def test_a_host_that_the_checklist_does_not_name_is_not_configured(sshd: Sshd, folder: Path) -> None:
    attempt = Attempt(folder, sshd.host(), "true")
    attempt.ctx.checklist.hosts.clear()
    with pytest.raises(NotConfigured, match="no host db"):
        await attempt.outcome()
