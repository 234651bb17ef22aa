"""The log scan: the run before a restart too, and what is not there any more is not taken as clean."""

import itertools
from collections.abc import AsyncGenerator
from types import SimpleNamespace
from typing import Any, cast

import pytest
from alfred_tui.actions import logs as scan
from alfred_tui.actions.context import StepContext
from alfred_tui.cluster.live.consistent_reads import ConsistentReads
from alfred_tui.cluster.logs.read_once import ReadLine, Unread
from alfred_tui.domain.document.actions import Logs
from alfred_tui.domain.document.checklist import Checklist, Phase, Section, Step
from alfred_tui.domain.evidence import Outcome
from alfred_tui.domain.logs.rule import error_rule

from tests.unit.cluster.kube import pod

NOW = 1_800_000_000.0
FINE = [ReadLine("shop-1", "app", b"fine")]


Batch = list[ReadLine] | Unread


async def scanned(
    monkeypatch: pytest.MonkeyPatch,
    *batches: Batch,
    again: tuple[Batch, ...] | None = None,
    said: list[str] | None = None,
) -> Outcome:
    """What the scan makes of what was read, every 4 s a batch; `again` is what a second reading gives."""
    readings = [batches] if again is None else [batches, again]
    asked: dict[str, Any] = {}

    async def read_logs(connection: object, pods: object, **how: Any) -> AsyncGenerator[Any, None]:
        asked.update(how)
        for batch in readings[0] if len(readings) == 1 else readings.pop(0):
            yield batch

    async def pods_of(*_: object) -> tuple[list[Any], str]:
        return [pod("shop-1")], "its selector"

    elapsed = itertools.count(step=4.0)

    async def progress(note: str) -> None:
        if said is not None:
            said.append(note)

    async def reads() -> ConsistentReads:
        return ConsistentReads(cast("Any", object()), "default")

    monkeypatch.setattr(scan, "read_logs", read_logs)
    monkeypatch.setattr(scan, "pods_of", pods_of)
    action = Logs(services=("shop",), must_not_match="ERROR", ignore="ERROR 0")
    done = await scan.logs(
        cast(
            "StepContext",
            SimpleNamespace(
                step=Step(id="a", title="A", action=action),
                reads=reads,
                state=lambda: SimpleNamespace(first_change_at=NOW - 600),
                clock=SimpleNamespace(now=lambda: NOW, elapsed=lambda: next(elapsed)),
                progress=progress,
                equipment=SimpleNamespace(secrets={"DATABASE": "hunter2-hunter2"}),
            ),
        )
    )
    assert (asked["since"](), asked["ended_after"]) == (600, NOW - 660)
    return done


async def test_clean_logs_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    done = await scanned(monkeypatch, FINE, [ReadLine("shop-1", "app", b"ERROR 0")])
    assert done.status == "passed"


async def test_a_long_scan_says_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    await scanned(monkeypatch, FINE * 700, FINE * 700, FINE, FINE, said=said)
    assert said == [f"shop, 1 of 1: {lines} lines of 1 pods so far" for lines in ("1,400", "1,402")]


async def test_a_line_of_the_run_before_fails_and_hides_the_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    done = await scanned(monkeypatch, FINE, [ReadLine("shop-1", "app", b"ERROR hunter2-hunter2")])
    assert done.status == "failed"
    assert [one.value for one in done.evidence][-1] == "shop-1: ERROR ‹DATABASE›"


async def test_of_a_line_that_was_cut_within_the_secret_no_part_is_quoted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    line = b"ERROR " + b" " * 1000 + b"hunter2-hu"
    done = await scanned(monkeypatch, FINE, [ReadLine("shop-1", "app", line, cut=True)])
    assert [one.value for one in done.evidence][-1] == "shop-1: ERROR …"


async def test_a_previous_log_that_is_gone_is_inconclusive_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = Unread("shop-1", "app", "previous terminated container not found", previous=True, gone="log")
    done = await scanned(monkeypatch, FINE, gone)
    assert done.status == "inconclusive"
    assert "shop-1 app, the run before its restart: previous terminated" in done.reason
    assert any("not read: shop-1 app, the run before" in str(one.value) for one in done.evidence)


async def test_pods_that_go_away_at_every_try_are_inconclusive(monkeypatch: pytest.MonkeyPatch) -> None:
    done = await scanned(monkeypatch, FINE, Unread("shop-1", "app", "the pod went away", gone="pod"))
    assert done.status == "inconclusive"


async def test_when_a_pod_went_away_those_that_are_there_are_scanned(monkeypatch: pytest.MonkeyPatch) -> None:
    went = Unread("shop-1", "app", "the pod went away", gone="pod")
    done = await scanned(monkeypatch, FINE, went, again=(FINE,))
    assert done.status == "passed"


async def test_a_log_that_could_not_be_read_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    done = await scanned(monkeypatch, FINE, Unread("shop-1", "app", "pods/log is forbidden"))
    assert done.status == "error"
    assert "pods/log is forbidden" in done.reason


@pytest.mark.parametrize(
    ("pattern", "ignore", "line", "bad"),
    [
        ("(?i)oops", "", b"OOPS", True),
        ("(?i)oops", "oops 0", b"oops 0", False),
        ("${not_set", "(", b"an Error", True),
        ("", "", b"Traceback (most recent call last):", True),
        ("", "", b"no terrors here", False),
    ],
)
def test_the_screen_counts_by_the_rule_of_the_checklist_s_scan(
    pattern: str, ignore: str, line: bytes, bad: bool
) -> None:
    step = Step(id="a", title="A", action=Logs(services=("shop",), must_not_match=pattern, ignore=ignore))
    section = Section(id="s", title="S", steps=(step,))
    rule = error_rule(Checklist(title="T", phases=(Phase(id="p", title="P", sections=(section,)),)))
    assert rule(line) is bad
