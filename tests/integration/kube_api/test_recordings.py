"""The 71 commands recorded against a real control plane, asked of the embedded one."""

import asyncio
import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from alfred_tui.demo.clock import SimClock
from alfred_tui.demo.kube.objects import epoch
from alfred_tui.demo.kube.rights import User
from alfred_tui.demo.kube.store import Key, Store
from alfred_tui.demo.scenarios import SCENARIOS
from alfred_tui.demo.sim.cluster import Cluster
from alfred_tui.demo.sim.nodes import new_node

from tests.integration.kube_api.lab import Answer, Lab, running
from tests.integration.kube_api.transcript import RECORDINGS, Recorded, folded, recorded_commands

pytestmark = pytest.mark.xdist_group("kube-recordings")

SPEED = 15.0
COMMANDS = recorded_commands()


async def _run_all(folder: Path) -> dict[int, Answer]:
    clock = SimClock(SPEED)
    store = Store(clock.now)
    cluster = Cluster(store, clock, SCENARIOS["healthy"])
    async with running(folder, store, now=cluster.now, logs=cluster, usage=cluster) as lab:
        for index in range(4):
            store.create(Key("", "nodes"), new_node(index, "2026-11-23T01:00:00Z"))
        ticking = asyncio.create_task(_tick(cluster))
        try:
            tokens = {"oncall-token": lab.server.issue(User("oncall", (), "none")), "wrong": "wrong"}
            return {command.number: await _run(lab, command, tokens) for command in COMMANDS}
        finally:
            ticking.cancel()


async def _tick(cluster: Cluster) -> None:
    while True:
        cluster.tick()
        await asyncio.sleep(0.02)


async def _run(lab: Lab, command: Recorded, tokens: dict[str, str]) -> Answer:
    arguments = [
        f"--token={tokens[a.removeprefix('--token=')]}" if a.startswith("--token=") else a
        for a in command.arguments
    ]
    if command.number in _IN_A_CRASH_LOOP:
        await _until(lambda: _is_backing_off(lab.store))
    elif command.number not in _AT_ONCE:
        await _quiet(lab.store)
    if command.number == _AFTER_THE_SCALING:
        await lab.kubectl("delete", "hpa", "alfred-bot")
        await lab.kubectl("scale", "deployment/alfred-bot", "--replicas=1")
        await _quiet(lab.store)
    return await lab.kubectl(*arguments, cwd=RECORDINGS)


# Commands that were given while the one before was still taking effect.
_AT_ONCE = {22, 26, 29, 34, 36, 37, 38, 39, 47}
_IN_A_CRASH_LOOP = {42, 43}
# The on-call's scaling was recorded twice: refused over TLS, and before that over plain HTTP, where kubectl
# sends no token and it took effect. There the autoscaler did not look again before the end; here time runs
# faster and it would scale back at once.
_AFTER_THE_SCALING = 65

PODS = Key("", "pods")


async def _until(condition: Callable[[], bool], seconds: float = 15) -> None:
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while not condition():
        assert loop.time() < end, "what the command needs did not come about"
        await asyncio.sleep(0.02)


def _is_backing_off(store: Store) -> bool:
    """Whether a container has just begun to wait for its next start, so that it still will when asked."""
    statuses = [
        status
        for pod in store.list(PODS)
        for status in (pod.get("status") or {}).get("containerStatuses") or ()
        if (status["state"].get("waiting") or {}).get("reason") == "CrashLoopBackOff"
    ]
    ended = [epoch(status["lastState"]["terminated"]["finishedAt"]) for status in statuses]
    return any(store.now() - moment < 20 for moment in ended)


async def _quiet(store: Store) -> None:
    """Waits until no pod has changed for two simulated seconds, but not for ever: some never settle."""
    loop = asyncio.get_running_loop()
    end = loop.time() + 2
    last, since = "", loop.time()
    while loop.time() < end:
        state = str([pod["metadata"]["resourceVersion"] for pod in store.list(PODS)])
        if state != last:
            last, since = state, loop.time()
        elif loop.time() - since > 2 / SPEED:
            return
        await asyncio.sleep(0.02)


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Answer]:
    return asyncio.run(_run_all(tmp_path_factory.mktemp("recordings")))


def _same_lines(recorded: Recorded, answer: Answer) -> None:
    """Line by line; a table's rows in any order, for random names sort at random."""
    assert sorted(_folded(answer.lines)) == sorted(_folded(recorded.lines))


def _folded(lines: Sequence[str]) -> list[str]:
    return [line for line in map(folded, lines) if line]


def _same_end(recorded: Recorded, answer: Answer) -> None:
    """A wait prints what it saw on the way; how it ended counts."""
    assert folded(answer.lines[-1]) == folded(recorded.lines[-1])


def _shows_all(recorded: Recorded, answer: Answer) -> None:
    """Everything recorded is there. The recorded nodes were hollow: they had no containers to name."""
    hollow = re.compile(r"(Container ID|Image ID|Restart Count):|^Type Status$|^Volumes: <none>$")
    shown = set(_folded(answer.lines))
    assert [line for line in _folded(recorded.lines) if not hollow.match(line) and line not in shown] == []


# What only the recorded control plane's own set-up told of: it had no metrics at first.
_OF_ITS_OWN = {"RegisteredNode", "KubeAPIReadyz", "FailedGetResourceMetric", "FailedComputeMetricsReplicas"}


def _tells_of_the_same(recorded: Recorded, answer: Answer) -> None:
    """Every kind of event recorded is told, of the same kinds of objects, from the oldest to the newest."""
    assert folded(answer.lines[0]) == folded(recorded.lines[0])
    told, wanted = _events(answer.lines), _events(recorded.lines)
    assert {event for event in wanted if event[1] not in _OF_ITS_OWN} <= told


def _events(lines: Sequence[str]) -> set[tuple[str, str, str]]:
    rows = [line.split() for line in lines[1:]]
    return {(row[1], row[2], row[3].partition("/")[0]) for row in rows}


def _replays_from_the_start(recorded: Recorded, answer: Answer) -> None:
    events = [json.loads(line) for line in answer.lines]
    names: dict[str, list[str]] = {}
    for event in events:
        names.setdefault(event["object"]["metadata"]["name"], []).append(event["type"])
    assert all(kinds[0] == "ADDED" and "DELETED" not in kinds[:-1] for kinds in names.values())
    revisions = [int(event["object"]["metadata"]["resourceVersion"]) for event in events]
    assert revisions == sorted(revisions)
    first = json.loads(recorded.lines[0] + _REST)
    assert list(events[0]) == list(first)


# The transcript holds the beginning of these lines only.
_REST = '"}}}'


def _pages(recorded: Recorded, answer: Answer) -> None:
    page = json.loads(answer.output)
    assert (page["kind"], page["apiVersion"], len(page["items"])) == ("PodList", "v1", 4)
    assert set(page["metadata"]) == {"resourceVersion", "continue", "remainingItemCount"}
    assert page["metadata"]["remainingItemCount"] == 10
    # Items of a list do not repeat their kind.
    assert "kind" not in page["items"][0]


def _streams_the_list(recorded: Recorded, answer: Answer) -> None:
    """The recorded server had too old an etcd for this and refused; a current one streams."""
    assert '"type":"ERROR"' in recorded.lines[0]
    events = [json.loads(line) for line in answer.lines]
    kinds = [event["type"] for event in events]
    end = kinds.index("BOOKMARK")
    assert set(kinds[:end]) == {"ADDED"}
    assert events[end]["object"]["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}


def _comparison(command: Recorded) -> Callable[[Recorded, Answer], None]:
    special = {
        43: _shows_all,
        56: _tells_of_the_same,
        66: _replays_from_the_start,
        67: _pages,
        68: _streams_the_list,
    }
    if command.number in special:
        return special[command.number]
    return _same_end if command.arguments[:2] == ("rollout", "status") else _same_lines


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_kubectl_is_answered_as_recorded(command: Recorded, answers: dict[int, Answer]) -> None:
    answer = answers[command.number]
    _comparison(command)(command, answer)
    assert answer.code == command.code
