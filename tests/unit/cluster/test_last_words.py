"""A crashed container's log is read once for each run that ended, of few pods with one cause, if allowed."""

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest
from alfred_tui.cluster.access.connect import Connection
from alfred_tui.cluster.access.errors import Broken, ClusterError, Forbidden, Invalid
from alfred_tui.cluster.diagnosis.last_words import AT_ONCE, CAUSES, LONGEST, SPEAKERS, LastWords, ended_run
from alfred_tui.cluster.diagnosis.pods import diagnose
from alfred_tui.cluster.live.pod_board import PodBoard
from alfred_tui.cluster.objects.partial import Pod
from alfred_tui.cluster.store.kind_store import Change, key_of
from alfred_tui.cluster.store.permissions import Permissions
from alfred_tui.domain.cluster.needs import LOGS
from alfred_tui.domain.cluster.rights import Rights
from alfred_tui.domain.cluster.workloads import Diagnosis
from alfred_tui.domain.logs.rule import USUAL_ERROR, LogRule

from tests.unit.cluster.kube import pod

NOW = 1795396000.0
END = {"exitCode": 1, "reason": "Error", "finishedAt": "2026-11-23T01:00:40Z"}
WAITING = {"waiting": {"reason": "CrashLoopBackOff"}}
RUNNING = {"running": {"startedAt": "2026-11-23T01:00:50Z"}}


def crashed(
    name: str = "a", restarts: int = 3, *, state: Any = WAITING, end: Any = END, **fields: Any
) -> Pod:
    status = {
        "name": "c",
        "restartCount": restarts,
        "state": state,
        "lastState": {"terminated": end} if end else {},
    }
    owner = {"kind": "ReplicaSet", "name": "rs", "uid": fields.pop("owner", "uid-rs"), "controller": True}
    kind = fields.pop("kind", "containerStatuses")
    spec = {"nodeName": "n", **fields.pop("spec", {})}
    return pod(
        name,
        metadata={"ownerReferences": [owner]},
        spec=spec,
        status={"phase": "Running", kind: [status], **fields.pop("status", {})},
    )


class Kubelet:
    """Answers for logs; `says` makes the body of a pod's log, or raises."""

    def __init__(self, says: Callable[[str], bytes] = lambda pod: f"ERROR {pod} fails".encode()) -> None:
        self.says = says
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.at_once = self.most_at_once = 0

    async def get(self, path: str, query: dict[str, Any], **_: Any) -> Any:
        name = path.split("/")[-2]
        self.asked.append((name, query))
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0)
        self.at_once -= 1
        return SimpleNamespace(body=self.says(name))


class Bench:
    """Last words over such a kubelet, and the diagnoses that follow."""

    def __init__(self, kubelet: Kubelet, rights: Rights | None = None, secret: str = "") -> None:
        self.kubelet = kubelet
        self.heard: list[str] = []
        self.permissions = Permissions(cast(Connection, kubelet), "default", LOGS, on_change=lambda: None)
        self.permissions.rights = rights or Rights(namespace="default", allowed=frozenset(LOGS))
        self.permissions.asked.set()
        self.words = LastWords(
            cast(Connection, kubelet),
            self.permissions,
            hide=lambda text: text.replace(secret, "‹KEY›") if secret else text,
            looks_bad=LogRule(USUAL_ERROR),
            on_heard=lambda _, name: self.heard.append(name),
        )

    def told(self, one: Pod) -> Diagnosis:
        found = diagnose(one, now=NOW)
        assert found is not None
        return self.words.added(one, found)

    async def read(self, *pods: Pod) -> list[Diagnosis]:
        """What is told of them once all that is wanted has been read."""
        for one in pods:
            self.told(one)
        working = asyncio.create_task(self.words.run())
        await self.words.settled(30)
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
        return [self.told(one) for one in pods]


# Which run


def run_of(one: Pod) -> tuple[int, bool] | None:
    found = ended_run(one, "c")
    return (found.number, found.previous) if found else None


def test_one_run_is_the_same_run_while_it_waits_and_while_the_next_one_runs() -> None:
    assert run_of(crashed(restarts=3, state=WAITING)) == (3, True)
    assert run_of(crashed(restarts=4, state=RUNNING)) == (3, True)
    assert run_of(crashed(restarts=4, state={"terminated": END})) == (3, True)
    assert run_of(crashed(restarts=4, state=WAITING)) == (4, True)


def test_a_run_that_will_not_be_followed_by_another_is_the_present_one_for_the_api() -> None:
    finals: tuple[dict[str, Any], ...] = (
        {"spec": {"restartPolicy": "Never"}},
        {"status": {"phase": "Failed"}},
    )
    for final in finals:
        assert run_of(crashed(restarts=0, state={"terminated": END}, end=None, **final)) == (0, False)


def test_a_first_run_that_has_just_ended_cannot_be_asked_for_yet() -> None:
    assert run_of(crashed(restarts=0, state={"terminated": END}, end=None)) is None


def test_the_words_of_the_run_before_are_not_told_of_another_end() -> None:
    assert run_of(crashed(restarts=4, state={"terminated": {**END, "exitCode": 137}})) is None


def test_init_containers_have_last_words_too() -> None:
    assert run_of(crashed(kind="initContainerStatuses")) == (3, True)


# Reading


async def test_the_diagnosis_carries_the_last_words() -> None:
    bench = Bench(Kubelet(lambda _: b"starting\nERROR no table\n"))
    (found,) = await bench.read(crashed())
    assert found.last_words == ("ERROR no table",)
    assert found.whole.endswith("; 3rd restart; its last words: ERROR no table.")
    assert bench.heard == ["a"]
    ((name, query),) = bench.kubelet.asked
    assert name == "a"
    assert query == {"container": "c", "tailLines": 20, "limitBytes": LONGEST, "previous": True}


async def test_a_run_is_read_once_however_often_its_pod_is_told() -> None:
    bench = Bench(Kubelet())
    for restarts, state in ((3, WAITING), (3, WAITING), (4, RUNNING), (4, {"terminated": END})):
        await bench.read(crashed(restarts=restarts, state=state))
    assert len(bench.kubelet.asked) == 1
    await bench.read(crashed(restarts=4))
    assert len(bench.kubelet.asked) == 2


async def test_few_of_the_pods_with_one_cause_are_read_and_speak_for_the_others() -> None:
    bench = Bench(Kubelet())
    found = await bench.read(*(crashed(f"p{n}") for n in range(500)))
    assert [name for name, _ in bench.kubelet.asked] == [f"p{n}" for n in range(SPEAKERS)]
    assert (found[1].last_words, found[1].words_of) == (("ERROR p1 fails",), "")
    assert (found[499].last_words, found[499].words_of) == (("ERROR p0 fails",), "p0")
    assert found[499].whole.endswith("; the last words of p0: ERROR p0 fails.")


async def test_other_causes_are_read_apart_a_few_at_a_time_and_not_without_end() -> None:
    bench = Bench(Kubelet())
    found = await bench.read(*(crashed(f"p{n}", owner=f"rs-{n}") for n in range(CAUSES + 10)))
    assert len(bench.kubelet.asked) == CAUSES
    assert bench.kubelet.most_at_once == AT_ONCE
    assert "too many others" in found[-1].sentence


async def test_another_pod_speaks_when_one_goes() -> None:
    bench = Bench(Kubelet())
    pods = [crashed(f"p{n}") for n in range(4)]
    await bench.read(*pods)
    for gone in pods[:2]:
        bench.words.forget(gone.metadata.uid)
    found = await bench.read(*pods[2:])
    assert [name for name, _ in bench.kubelet.asked] == ["p0", "p1", "p2", "p3"]
    assert found[1].last_words == ("ERROR p3 fails",)


async def test_what_is_known_of_pods_that_are_gone_is_dropped() -> None:
    bench = Bench(Kubelet())
    pods = [crashed(f"p{n}", owner=f"rs-{n}") for n in range(50)]
    await bench.read(*pods)
    for one in pods:
        bench.words.forget(one.metadata.uid)
    kept = (bench.words._heard, bench.words._speakers, bench.words._places, bench.words._wanted)
    assert not any(kept)


async def test_a_pod_that_goes_while_its_log_is_read_leaves_nothing() -> None:
    def says(_: str) -> bytes:
        bench.words.forget("uid-a")
        return b"ERROR x"

    bench = Bench(Kubelet(says))
    bench.told(crashed())
    working = asyncio.create_task(bench.words.run())
    await bench.words.settled(30)
    working.cancel()
    assert bench.heard == []


async def test_the_termination_message_counts_first_and_nothing_is_read() -> None:
    bench = Bench(Kubelet(), secret="k-1234")
    (found,) = await bench.read(crashed(end={**END, "message": "starting\nfatal: key k-1234 is refused\n"}))
    assert found.last_words == ("fatal: key ‹KEY› is refused",)
    assert bench.kubelet.asked == []


async def test_secrets_are_hidden_before_a_line_is_cut() -> None:
    secret = "s3cr3t" * 10
    bench = Bench(Kubelet(lambda _: b"ERROR " + b"x" * 170 + b" " + secret.encode()), secret=secret)
    (found,) = await bench.read(crashed())
    assert "s3cr3t" not in found.whole


async def test_where_logs_may_not_be_read_none_is_asked_for_and_the_sentence_says_so() -> None:
    bench = Bench(Kubelet(), Rights(namespace="default", refused=frozenset(LOGS)))
    (found,) = await bench.read(crashed())
    assert found.sentence.endswith("; its log may not be read (no right to get pods/log).")
    assert bench.kubelet.asked == []
    bench.permissions.rights = Rights(namespace="default", allowed=frozenset(LOGS))
    (found,) = await bench.read(crashed())
    assert found.last_words == ("ERROR a fails",)


async def test_nothing_is_read_before_the_rights_were_asked_for() -> None:
    bench = Bench(Kubelet())
    bench.permissions.asked.clear()
    bench.told(crashed())
    working = asyncio.create_task(bench.words.run())
    await bench.words.settled(0.05)
    assert bench.kubelet.asked == []
    bench.permissions.asked.set()
    await bench.words.settled(30)
    assert len(bench.kubelet.asked) == 1
    working.cancel()


@pytest.mark.parametrize(
    ("problem", "word"),
    [
        (Forbidden("no", status=403), "its log may not be read"),
        (Invalid("previous terminated container not found", status=400), "is not there any more"),
        (Broken("boom", status=500), "could not be read (error)"),
    ],
)
async def test_a_log_that_cannot_be_read_is_a_gap_with_a_word(problem: ClusterError, word: str) -> None:
    def fails(_: str) -> bytes:
        raise problem

    (found,) = await Bench(Kubelet(fails)).read(crashed())
    assert word in found.sentence
    assert found.last_words == ()


async def test_a_second_pod_speaks_where_the_first_ones_log_is_gone() -> None:
    def says(name: str) -> bytes:
        if name == "p0":
            raise Invalid("not found", status=400)
        return b"ERROR no table"

    found = await Bench(Kubelet(says)).read(*(crashed(f"p{n}") for n in range(3)))
    assert [(one.last_words, one.words_of) for one in found] == [
        (("ERROR no table",), "p1"), (("ERROR no table",), ""), (("ERROR no table",), "p1"),
    ]  # fmt: skip


async def test_a_log_that_could_not_be_read_is_asked_for_again_later(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_: str) -> bytes:
        raise Broken("boom", status=500)

    bench = Bench(Kubelet(fails))
    await bench.read(crashed())
    await bench.read(crashed())
    assert len(bench.kubelet.asked) == 1
    place, heard = next(iter(bench.words._heard.items()))
    bench.words._heard[place] = heard._replace(again_at=1e-9)
    bench.kubelet.says = lambda _: b"ERROR no table"
    (found,) = await bench.read(crashed())
    assert found.last_words == ("ERROR no table",)


async def test_a_defect_in_reading_one_does_not_keep_others_waiting() -> None:
    def breaks(_: str) -> bytes:
        raise ZeroDivisionError

    bench = Bench(Kubelet(breaks))
    bench.told(crashed())
    with pytest.raises(ExceptionGroup):
        await bench.words.run()
    await asyncio.wait_for(bench.words.settled(30), 5)
    bench.kubelet.says = lambda _: b"ERROR no table"
    (found,) = await bench.read(crashed())
    assert found.last_words == ("ERROR no table",)


async def test_an_empty_log_and_a_kubelets_excuse_are_not_taken_for_last_words() -> None:
    (found,) = await Bench(Kubelet(lambda _: b"\n")).read(crashed())
    assert found.sentence.endswith("; it has written no log.")
    excuse = b"unable to retrieve container logs for containerd://0123"
    (found,) = await Bench(Kubelet(lambda _: excuse)).read(crashed())
    assert found.sentence.endswith("; its last log is not there any more.")


async def test_fewer_lines_are_asked_for_where_the_limit_would_cut_the_last_ones() -> None:
    kubelet = Kubelet(lambda _: b"x" * LONGEST if len(kubelet.asked) == 1 else b"ERROR at last")
    (found,) = await Bench(kubelet).read(crashed())
    assert [query["tailLines"] for _, query in kubelet.asked] == [20, 3]
    assert found.last_words == ("ERROR at last",)


async def test_pods_that_are_unwell_for_other_reasons_cost_nothing() -> None:
    bench = Bench(Kubelet())
    pulls = crashed(state={"waiting": {"reason": "ImagePullBackOff"}}, end=None)
    never = crashed("b", end={**END, "exitCode": 127, "reason": "StartError"})
    found = await bench.read(pulls, never)
    assert bench.kubelet.asked == []
    assert [one.container for one in found] == ["", ""]


async def test_ten_thousand_healthy_pods_cost_no_read_and_hundreds_of_one_cause_a_few() -> None:
    bench = Bench(Kubelet())
    board = PodBoard(lambda: NOW, last_words=bench.words)
    ready = {
        "conditions": [{"type": "Ready", "status": "True"}],
        "phase": "Running",
        "containerStatuses": [{"name": "c", "ready": True, "state": {"running": {}}}],
    }
    board.pods(Change(key_of(one), None, one) for one in (pod(f"h{n}", status=ready) for n in range(10_000)))
    await bench.read()
    assert bench.kubelet.asked == []
    board.pods(Change(key_of(one), None, one) for one in (crashed(f"p{n}") for n in range(500)))
    await bench.read()
    assert len(bench.kubelet.asked) == SPEAKERS
    board.tell_again(("default", "p0"))
    for _ in range(2):
        board.retell()
    told = [row.diagnosis.last_words for row in board.rows.values() if row.diagnosis]
    assert len(told) == 500
    assert all(told)


def test_the_whole_sentence_has_one_full_stop() -> None:
    one = Diagnosis(cause="x", sentence="It ended.", last_words=("a", "b."))
    assert one.whole == "It ended; its last words: a / b."
    assert msgspec.structs.replace(one, last_words=()).whole == "It ended."
