"""Of two leads one drives, whoever's clock says what: the Lease in the run's namespace decides."""

import asyncio
import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import pytest
from aiohttp import web
from alfred_tui.cluster.access.connect import Connection
from alfred_tui.cluster.access.errors import Absent, Expired, Unreachable
from alfred_tui.cluster.lease.lead_lease import LEASES, NAME, LeadLease, Standing, Timing
from alfred_tui.cluster.store.reads import read
from alfred_tui.demo.kube.rights import Rule
from alfred_tui.domain.errors import CockpitError, Refused
from alfred_tui.domain.run.events import AnyEvent, LeadTakenOver, RunPaused, StepFinished, StepStarted
from alfred_tui.journal import RunFolder, read_entries

from tests.integration.cluster.accounts import account, rules_of
from tests.integration.cluster.api import connected, serve, status
from tests.integration.cluster.lab import Lab, lab
from tests.integration.process.commands import until
from tests.integration.ssh.server import Proxy, free_port

QUICK = Timing(duration=1, renew=0.1, look=0.05, told=0.3)
ANN, BOB = "ann@laptop/run-1", "bob@desk/run-2"


def lease(connection: Connection, holder: str, **more: object) -> LeadLease:
    async def connect() -> Connection:
        return connection

    fields: dict[str, object] = {"clock": time.monotonic, "timing": QUICK}
    return LeadLease(connect, "default", holder, **(fields | more))  # type: ignore[arg-type]


async def unheard(_: Standing) -> None:
    """Nobody listens to how the Lease stands."""


@asynccontextmanager
async def kept(one: LeadLease) -> AsyncIterator[None]:
    keeping = asyncio.create_task(one.keep(unheard))
    try:
        yield
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)


async def holder(connection: Connection) -> str:
    return (await read(connection, LEASES, "default", NAME)).holder


async def test_the_second_lead_is_refused_with_who_since_when_and_where(tmp_path: Path) -> None:
    async with lab(tmp_path) as cluster, cluster.connected() as connection:
        ann = lease(connection, ANN)
        assert await ann.take() == ""
        async with kept(ann):
            with pytest.raises(Refused, match=r"ann on laptop leads run run-1 in default since \d{4}-") as no:
                await lease(connection, BOB).take()
        assert "`--take-over run-1`" in no.value.hint
        assert ann.standing().word == "held"


async def test_of_two_that_take_a_free_one_at_once_one_has_it(tmp_path: Path) -> None:
    async with lab(tmp_path) as cluster, cluster.connected() as connection:
        pair = [lease(connection, ANN), lease(connection, BOB)]

        async def take(one: LeadLease) -> bool:
            try:
                await one.take()
            except Refused:
                return False
            async with kept(one):
                await asyncio.sleep(2.5)
            return True

        assert sorted(await asyncio.gather(*map(take, pair))) == [False, True]


async def test_a_released_one_is_free_at_once_and_the_same_run_has_it_back(tmp_path: Path) -> None:
    async with lab(tmp_path) as cluster, cluster.connected() as connection:
        ann = lease(connection, ANN)
        await ann.take()
        assert await lease(connection, ANN).take() == ""
        async with asyncio.timeout(0.9):  # less than it promises: nobody waits for its end
            again = lease(connection, ANN)
            await again.take()
            await again.release()
            assert await lease(connection, BOB).take() == ""
        assert await holder(connection) == BOB


async def test_one_that_is_not_renewed_any_more_expires_before_the_eyes(tmp_path: Path) -> None:
    async with lab(tmp_path) as cluster, cluster.connected() as connection:
        await lease(connection, ANN).take()
        began = asyncio.get_running_loop().time()
        bob = lease(connection, BOB)
        assert await bob.take() == ""
        assert asyncio.get_running_loop().time() - began >= 1
        assert await holder(connection) == BOB


@pytest.mark.parametrize("word", ["", "yes", "run-2", ANN])
async def test_another_word_than_the_id_of_the_run_that_leads_takes_nothing_over(
    tmp_path: Path, word: str
) -> None:
    async with lab(tmp_path) as cluster, cluster.connected() as connection:
        await lease(connection, ANN).take()
        with pytest.raises(Refused, match="ann on laptop leads run run-1") as no:
            await lease(connection, BOB).take(over=word)
        assert "`--take-over run-1`" in no.value.hint
        assert await holder(connection) == ANN
        assert await lease(connection, BOB).take(over="run-1") == ANN


async def test_who_was_taken_over_may_start_nothing_more_and_keeps_off(tmp_path: Path) -> None:
    async with lab(tmp_path) as cluster, cluster.connected() as connection:
        ann, bob = lease(connection, ANN), lease(connection, BOB)
        await ann.take()
        assert await bob.take(over=True) == ANN
        async with asyncio.timeout(5):
            await ann.keep(unheard)  # ends by itself: there is nothing left to keep
        assert ann.standing().told == f"{BOB} leads now (Lease default/{NAME}); this cockpit may only watch."
        await ann.release()
        assert await holder(connection) == BOB
        async with kept(bob):
            with pytest.raises(Refused):
                await lease(connection, ANN).take()


async def test_whoever_slept_through_the_promise_waits_for_the_server_s_word(tmp_path: Path) -> None:
    now = [100.0]
    async with lab(tmp_path) as cluster, cluster.connected() as connection:
        ann = lease(connection, ANN, clock=lambda: now[0])
        await ann.take()
        now[0] += 1.0
        assert ann.standing().word == "held"
        now[0] += 0.5
        assert not ann.standing().may_start
        await ann.confirm()
        assert ann.standing().word == "held"


async def test_for_whom_one_waits_is_said_at_once_with_how_long(tmp_path: Path) -> None:
    async with lab(tmp_path) as cluster, cluster.connected() as connection:
        await lease(connection, ANN).take()
        told: list[str] = []
        waiting = asyncio.create_task(lease(connection, BOB).take(tell=told.append))
        await until(lambda: bool(told), "the sentence")
        assert not waiting.done()
        assert re.fullmatch(
            r"Run run-1 is held by ann on laptop in default, last renewed [\d-]+ [\d:]+ \(UTC\); "
            r"waiting until \d\d:\d\d:\d\d to see whether it is alive\.",
            told[0],
        )
        await waiting
        assert len(told) == 1


async def test_before_a_start_the_server_is_asked_whether_somebody_took_over(tmp_path: Path) -> None:
    """A lead that has just renewed, by any clock, may have been taken over since."""
    async with lab(tmp_path) as cluster, cluster.connected() as connection:
        ann = lease(connection, ANN, clock=lambda: 100.0)
        await ann.take()
        await ann.confirm()
        assert ann.standing().word == "held"
        await lease(connection, BOB).take(over=True)
        await ann.confirm()
        assert ann.standing().word == "lost"


class Road:
    """The way to the API server, which can be closed."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.closed = True
        self.asked = 0

    async def __call__(self) -> Connection:
        self.asked += 1
        if self.closed:
            raise Unreachable("No route to the cluster.")
        return self._connection


def late(
    road: Road, holder: str, *, clock: Callable[[], float] = time.monotonic, timing: Timing = QUICK
) -> LeadLease:
    return LeadLease(road, "default", holder, clock=clock, timing=timing)


@asynccontextmanager
async def moving(one: LeadLease) -> AsyncIterator[list[str]]:
    """How its standing moves, for as long as it is kept."""
    words: list[str] = []

    async def moved(now: Standing) -> None:
        words.append(now.word)

    keeping = asyncio.create_task(one.keep(moved))
    try:
        yield words
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)


async def test_what_could_not_be_taken_at_the_start_is_taken_once_the_api_is_there(tmp_path: Path) -> None:
    async with lab(tmp_path) as cluster, cluster.connected() as connection:
        road = Road(connection)
        ann = late(road, ANN)
        assert await ann.take() == ""
        assert ann.standing().told == (
            "Only this machine is guarded against a second lead: No route to the cluster."
        )
        async with moving(ann) as words:
            await asyncio.sleep(QUICK.renew * 3)
            assert words == []
            road.closed = False
            await until(lambda: words == ["held"], "the Lease")
            assert await holder(connection) == ANN
            with pytest.raises(Refused):
                await lease(connection, BOB).take()


async def test_one_that_finds_another_lead_late_stops_at_once_and_for_good(tmp_path: Path) -> None:
    async with lab(tmp_path) as cluster, cluster.connected() as connection:
        road = Road(connection)
        ann, bob = late(road, ANN), lease(connection, BOB)
        await ann.take()
        await bob.take()
        async with kept(bob), moving(ann) as words:
            road.closed = False
            await until(lambda: words == ["doubted", "lost"], "the loss")
            assert BOB in ann.standing().told
        await ann.release()
        assert await holder(connection) == BOB


async def test_one_that_finds_a_dead_lead_s_lease_late_waits_and_has_it(tmp_path: Path) -> None:
    async with lab(tmp_path) as cluster, cluster.connected() as connection:
        road = Road(connection)
        ann = late(road, ANN)
        await ann.take()
        await lease(connection, BOB).take()
        async with moving(ann) as words:
            road.closed = False
            await until(lambda: words == ["doubted"], "the doubt")
            assert not ann.standing().may_start
            assert "is held by bob on desk" in ann.standing().told
            await until(lambda: words == ["doubted", "held"], "the Lease")
            assert await holder(connection) == ANN


async def test_a_lead_that_is_cut_off_may_start_nothing_from_the_first_unanswered_question(
    tmp_path: Path,
) -> None:
    """The promise has not run out: whoever types the word does not wait for its end."""
    async with lab(tmp_path) as cluster, cluster.connected() as connection:
        road = Road(connection)
        road.closed = False
        ann = late(road, ANN, clock=lambda: 100.0)
        await ann.take()
        road.closed = True
        await ann.confirm()
        standing = ann.standing()
        assert (standing.may_start, standing.waits) == (False, True)
        assert re.fullmatch(
            rf"The Lease default/{NAME} cannot be renewed since \d\d:\d\d:\d\d \(UTC\), and somebody else "
            r"may lead by now: no step is started until the API server answers; what runs goes on\. "
            r"No route to the cluster\.",
            standing.told,
        )
        await lease(connection, BOB).take(over=True)
        road.closed = False
        async with moving(ann) as words:
            await until(lambda: words == ["lost"], "the loss")


async def test_while_the_server_does_not_answer_only_the_renewal_asks_and_does_not_spin(
    tmp_path: Path,
) -> None:
    async with lab(tmp_path) as cluster, cluster.connected() as connection:
        road = Road(connection)
        road.closed = False
        ann = late(road, ANN)
        await ann.take()
        road.closed, road.asked = True, 0
        await ann.confirm()
        await ann.confirm()
        assert road.asked == 1
        async with moving(ann):
            await asyncio.sleep(1)
        assert 2 <= road.asked <= 2 + 1 / QUICK.look


async def test_one_question_without_an_answer_is_asked_again_at_once_and_told_to_nobody(
    tmp_path: Path,
) -> None:
    slowly = Timing(duration=30, renew=60, look=0.05, told=30)
    async with lab(tmp_path) as cluster, cluster.connected() as connection:
        road = Road(connection)
        road.closed = False
        ann = late(road, ANN, timing=slowly)
        await ann.take()
        async with moving(ann) as words:
            await asyncio.sleep(0)  # it waits for its next renewal, a minute away
            road.closed = True
            await ann.confirm()
            road.closed = False
            await until(lambda: words == ["held"], "the renewal")


async def test_a_renewal_that_comes_late_makes_a_silent_lead_sure_again(tmp_path: Path) -> None:
    async with lab(tmp_path) as cluster, cluster.connected() as connection:
        road = Road(connection)
        road.closed = False
        ann = late(road, ANN)
        await ann.take()
        async with moving(ann) as words:
            road.closed = True
            await until(lambda: words == ["asking", "silent"], "the silence")
            road.closed = False
            await until(lambda: words == ["asking", "silent", "held"], "the renewal")


async def test_someone_s_edit_of_the_lease_is_no_loss(tmp_path: Path) -> None:
    async with lab(tmp_path) as cluster, cluster.connected() as connection:
        ann = lease(connection, ANN)
        await ann.take()
        body = {"metadata": {"labels": {"team": "platform"}}}
        path = LEASES.path("default", NAME)
        await connection.patch(path, body, content_type="application/merge-patch+json")
        before = (await read(connection, LEASES, "default", NAME)).metadata.resource_version
        async with kept(ann):
            async with asyncio.timeout(5):
                while (await read(connection, LEASES, "default", NAME)).metadata.resource_version == before:
                    await asyncio.sleep(0.02)
        assert ann.standing().word == "held"


async def test_where_leases_are_forbidden_a_notice_says_what_is_guarded(tmp_path: Path) -> None:
    async with lab(tmp_path) as cluster, cluster.connected(cluster.server.viewer_token) as connection:
        ann = lease(connection, ANN)
        assert await ann.take() == ""
        assert ann.standing().word == "unguarded"
        assert ann.standing().told.startswith("Only this machine is guarded against a second lead: ")
        assert ann.standing().may_start
        with pytest.raises(Absent):
            await read(connection, LEASES, "default", NAME)


CHECKLIST = """
version: 1
title: Two leads
phases:
  - id: p
    title: P
    sections:
      - id: s
        title: S
        steps:
          - {id: first, title: First, run: "echo begun; while ! test -e go; do sleep 0.05; done"}
          - {id: second, title: Second, run: "echo second"}
"""


class Lead:
    """A cockpit in a process of its own, as on a machine of its own: its state is nobody else's."""

    def __init__(self, cluster: Lab, name: str, *more: str) -> None:
        self.home = cluster.folder / name
        self.home.mkdir(exist_ok=True)
        (self.home / "list.yaml").write_text(CHECKLIST)
        config = cluster.write_kubeconfig()
        words = (*more,) if more else ("list.yaml",)
        command = (
            sys.executable, "-m", "alfred_tui.cli.main", "run", "--kubeconfig", config, *words,
            "--headless", "--lead", name,
            "--state-dir", str(self.home / "state"), "--workdir", str(self.home),
        )  # fmt: skip
        self.process = subprocess.Popen(
            command, cwd=self.home, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )

    async def ended(self) -> tuple[int, str]:
        """Its exit code, and what it said."""
        async with asyncio.timeout(60):
            _, said = await asyncio.to_thread(self.process.communicate)
        return self.process.returncode, said

    @property
    def run(self) -> RunFolder:
        (path,) = (self.home / "state" / "runs").iterdir()
        return RunFolder(path)

    def events(self) -> list[AnyEvent]:
        for path in (self.home / "state" / "runs").glob("*/journal.db"):
            with suppress(CockpitError):  # it is just being made
                return [entry.event for entry in read_entries(path)]
        return []

    async def begun(self) -> None:
        """Until its first step runs."""
        await until(lambda: any(isinstance(one, StepStarted) for one in self.events()), "the first step", 20)


async def test_of_two_leads_one_drives_and_a_killed_one_may_not_come_back(tmp_path: Path) -> None:
    async with lab(tmp_path) as cluster:
        ann = Lead(cluster, "ann")
        await ann.begun()
        code, said = await Lead(cluster, "bob").ended()
        assert code == 4
        assert "ann on" in said
        ann.process.send_signal(signal.SIGKILL)
        await ann.ended()
        for wrong in ("--take-over", "--take-over=yes"):
            code, said = await Lead(cluster, "bob", "list.yaml", wrong).ended()
            assert code == 4
            assert f"take over with `--take-over {ann.run.run}`" in said
        cat = Lead(cluster, "cat", "list.yaml", "--take-over", ann.run.run)
        await cat.begun()
        (taken,) = [one for one in cat.events() if isinstance(one, LeadTakenOver)]
        assert (taken.by, taken.before.partition("@")[0]) == ("cat", "ann")
        back = Lead(cluster, "ann", "--resume", ann.run.run)
        code, said = await back.ended()
        assert code == 4
        assert "cat on" in said
        (cat.home / "go").touch()
        assert (await cat.ended())[0] == 0
        (ann.home / "go").touch()  # its command went on all the time, and is found
        again = Lead(cluster, "ann", "--resume", ann.run.run)
        assert (await again.ended())[0] == 0


async def test_a_lead_that_was_taken_over_starts_no_further_step(tmp_path: Path) -> None:
    async with lab(tmp_path) as cluster:
        ann = Lead(cluster, "ann")
        await ann.begun()
        dan = Lead(cluster, "dan", "list.yaml", "--take-over", ann.run.run)
        await dan.begun()
        await until(lambda: any(isinstance(one, RunPaused) for one in ann.events()), "the loss", 20)
        (ann.home / "go").touch()
        code, _ = await ann.ended()
        assert code == 1
        assert [one.step for one in ann.events() if isinstance(one, StepStarted)] == ["first"]
        (paused,) = [one for one in ann.events() if isinstance(one, RunPaused)]
        assert "dan@" in paused.reason
        (dan.home / "go").touch()
        assert (await dan.ended())[0] == 0


@asynccontextmanager
async def closed_road(cluster: Lab) -> AsyncIterator[tuple[Proxy, int, str]]:
    """A way to the API server that is not open yet, its port, and a kubeconfig that leads there."""
    port = free_port()
    road = Proxy(urlsplit(cluster.url).port or 0)
    away = cluster.folder / "away"
    text = Path(cluster.write_kubeconfig()).read_text()
    away.write_text(text.replace(cluster.url, f"https://127.0.0.1:{port}"))
    try:
        yield road, port, str(away)
    finally:
        await road.stop()


async def test_a_lead_that_began_while_the_api_was_away_gets_the_lease_afterwards(tmp_path: Path) -> None:
    async with (
        lab(tmp_path) as cluster,
        cluster.connected() as connection,
        closed_road(cluster) as (road, port, away),
    ):
        ann = Lead(cluster, "ann", "list.yaml", "--kubeconfig", away)
        await ann.begun()
        await road.start(port)
        async with asyncio.timeout(30):
            found = ""
            while not found.startswith("ann@"):
                await asyncio.sleep(0.1)
                with suppress(Absent):
                    found = await holder(connection)
        (ann.home / "go").touch()
        code, said = await ann.ended()
    assert code == 0
    assert "Only this machine is guarded against a second lead: " in said
    assert f"The Lease default/{NAME} is held by this cockpit." in said


@asynccontextmanager
async def cut_off(cluster: Lab, name: str) -> AsyncIterator[tuple[Lead, Proxy, int]]:
    """A lead whose first step runs and whose way to the API server was cut, that way, and its port."""
    async with closed_road(cluster) as (road, port, away):
        await road.start(port)
        one = Lead(cluster, name, "list.yaml", "--kubeconfig", away)
        await one.begun()
        await road.stop()
        (one.home / "go").touch()
        await until(lambda: started(one) == ["first"] and ended(one) == ["first"], "the first step's end", 20)
        yield one, road, port


def started(lead: Lead) -> list[str]:
    return [one.step for one in lead.events() if isinstance(one, StepStarted)]


def ended(lead: Lead) -> list[str]:
    return [one.step for one in lead.events() if isinstance(one, StepFinished)]


async def test_a_lead_that_is_cut_off_and_taken_over_starts_nothing_and_hears_it_afterwards(
    tmp_path: Path,
) -> None:
    async with lab(tmp_path) as cluster, cut_off(cluster, "ann") as (ann, road, port):
        dan = Lead(cluster, "dan", "list.yaml", "--take-over", ann.run.run)
        await dan.begun()
        assert started(ann) == ["first"]
        await road.start(port)
        assert (await ann.ended())[0] == 1
        assert started(ann) == ["first"]
        (paused,) = [one for one in ann.events() if isinstance(one, RunPaused)]
        assert "dan@" in paused.reason
        (dan.home / "go").touch()
        assert (await dan.ended())[0] == 0


async def test_a_lead_that_was_cut_off_for_a_while_goes_on_by_itself(tmp_path: Path) -> None:
    async with lab(tmp_path) as cluster, cut_off(cluster, "ann") as (ann, road, port):
        await asyncio.sleep(2.5)  # long enough to be told
        assert started(ann) == ["first"]
        await road.start(port)
        code, said = await ann.ended()
        assert code == 0
        assert said.count("cannot be renewed since") == 1
        assert f"The Lease default/{NAME} is held by this cockpit." in said
        assert started(ann) == ["first", "second"]
        assert not [one for one in ann.events() if isinstance(one, RunPaused)]


async def test_a_lead_whose_right_is_taken_away_hears_which_one_and_goes_on_when_it_is_back(
    tmp_path: Path,
) -> None:
    rules = rules_of("lead.yaml")
    less = [one for one in rules if "leases" not in one.resources] + [
        Rule(("get", "create"), ("coordination.k8s.io",), ("leases",), "default")
    ]
    async with lab(tmp_path) as cluster:
        token = cluster.server.issue(account(*rules))
        ann = Lead(cluster, "ann", "list.yaml", "--kubeconfig", cluster.write_kubeconfig(token, "narrow"))
        await ann.begun()
        cluster.server.issue(account(*less), token)
        (ann.home / "go").touch()
        await until(lambda: ended(ann) == ["first"], "the first step's end", 20)
        assert ann.process.stderr is not None
        told = await asyncio.to_thread(ann.process.stderr.readline)
        assert re.search(
            rf"The Lease default/{NAME} is not renewed since \d\d:\d\d:\d\d \(UTC\), and somebody else may "
            r"lead by now: no step is started until it is, and then the run goes on by itself; what runs "
            r"goes on\. The account narrow may not patch leases\.coordination\.k8s\.io in default\. Give it "
            r"that right: docs/rbac/lead\.yaml has all that a lead needs\.",
            told,
        )
        assert started(ann) == ["first"]
        cluster.server.issue(account(*rules), token)
        code, said = await ann.ended()
        assert code == 0
        assert f"The Lease default/{NAME} is held by this cockpit." in said
        assert started(ann) == ["first", "second"]
        assert not [one for one in ann.events() if isinstance(one, RunPaused)]


async def test_a_login_that_ends_in_mid_run_is_told_as_one(tmp_path: Path) -> None:
    async with lab(tmp_path) as cluster, cluster.connected() as connection:
        refused = [
            Expired("While changing leases, the API server answered 401: no.", hint="Log in.", status=401)
        ]

        async def connect() -> Connection:
            if refused:
                raise refused[0]
            return connection

        ann = LeadLease(connect, "default", ANN, clock=time.monotonic, timing=QUICK)
        problem = refused.pop()
        await ann.take()
        refused.append(problem)
        await ann.confirm()
        assert ann.standing().word == "refused"
        assert ann.standing().told.endswith("the API server answered 401: no. Log in.")
        refused.clear()
        async with moving(ann) as words:
            await until(lambda: words == ["held"], "the renewal")


async def test_a_refusal_that_is_no_missing_right_keeps_the_server_s_words(tmp_path: Path) -> None:
    async def deny(_: web.Request) -> web.StreamResponse:
        return status(403, "Forbidden", 'admission webhook "freeze" denied the request: a freeze')

    async with serve(deny) as url, connected(url) as connection:
        ann = lease(connection, ANN)
        await ann.take()
        assert 'webhook "freeze" denied the request: a freeze' in ann.standing().told


async def test_a_lead_that_began_while_the_api_was_away_gives_way_to_the_one_it_finds(tmp_path: Path) -> None:
    async with lab(tmp_path) as cluster, closed_road(cluster) as (road, port, away):
        ann = Lead(cluster, "ann", "list.yaml", "--kubeconfig", away)
        await ann.begun()
        bob = Lead(cluster, "bob")
        await bob.begun()
        await road.start(port)
        await until(lambda: any(isinstance(one, RunPaused) for one in ann.events()), "the pause", 30)
        (ann.home / "go").touch()
        code, said = await ann.ended()
        assert code == 1
        assert "is held by bob on" in said
        assert [one.step for one in ann.events() if isinstance(one, StepStarted)] == ["first"]
        (bob.home / "go").touch()
        assert (await bob.ended())[0] == 0


def test_a_lease_as_the_server_writes_it_is_understood() -> None:
    text = b'{"metadata":{"resourceVersion":"7"},"spec":{"holderIdentity":null,"leaseDurationSeconds":1}}'
    assert msgspec.json.decode(text, type=LEASES.type).holder == ""
