"""What a step will do, in words, before it does it."""

from typing import Any

import pytest
from alfred_tui.domain.document.actions import (
    Alerts,
    AnyAction,
    Approvals,
    Logs,
    Rollout,
    Run,
    Scale,
    Undo,
    Usage,
    Vulnerabilities,
)
from alfred_tui.domain.document.checklist import Checklist, Expect, Host, NumberExpectation, Step
from alfred_tui.domain.rollback.point import RollbackPoint, WorkloadPoint
from alfred_tui.domain.run.events import Entry, PointCaptured, RunStarted
from alfred_tui.domain.run.folding import apply, begin
from alfred_tui.present.effect import effect

START = RunStarted(run="r", title="t", digest="", lead="ann", host="box")


def test_every_kind_of_workload_that_is_waited_for_is_told() -> None:
    action = Rollout(deployments=("web",), statefulsets=("db",), daemonsets=("log",), timeout=60)
    assert "wait side by side, at most 1m, for web, StatefulSet db, DaemonSet log" in told(action=action)


def told(**fields: Any) -> str:
    return effect(Step(id="a", title="A", **fields))


def test_what_a_command_is_given_and_held_to_is_told_exactly() -> None:
    number = NumberExpectation(find=r"lag=(\d+)", above=-1, at_most=2.5)
    shown = told(
        action=Run(command="./lag"),
        env={"MODE": "a b", "N": "1"},
        secrets=("PGPASSWORD",),
        stdin="TOKEN",
        expect=Expect(exit=(0, 3), number=number),
    )
    assert shown.splitlines() == [
        "./lag",
        "# with MODE='a b' N=1; with PGPASSWORD in its environment; with TOKEN on its standard input; "
        r"expects exit 0 or 3, a number above -1 and of at most 2.5 (/lag=(\d+)/)",
    ]


@pytest.mark.parametrize(
    ("action", "words"),
    [
        (Undo(deployments=("api",), resume=True), "of api; a paused one is resumed in the same change"),
        (Usage(services=("api",), resource="cpu", maximum=0.999), "at most 99.9% of its limit"),
        (Usage(services=("api",), resource="cpu", maximum=0.07), "at most 7% of its limit"),
        (
            Logs(services=("api",), must_not_match="error", ignore="0 errors"),
            "since the first change, those that match /0 errors/ aside: none matches /error/",
        ),
        (Vulnerabilities(report="r", allow={"HIGH": 2, "LOW": 9}), "allow: HIGH 2, LOW 9"),
        (Alerts(names=("A", "B"), quiet=True), "# names: A, B; quiet: true"),
        (Approvals(pull_request="o/r#1", minimum=1), "a person has approved o/r#1"),
    ],
)
def test_each_field_that_matters_is_told_as_one_writes_it(action: AnyAction, words: str) -> None:
    assert words in told(action=action)


def test_where_a_command_runs_and_what_it_is_given_is_told_beside_it() -> None:
    step = Step(
        id="a", title="A", action=Run(command="make migrate"), on="db", cwd="/srv", env={"TAG": "v42"},
        secrets=("DATABASE_URL",), stdin="TOKEN",
    )  # fmt: skip
    hosts = {"db": Host(host="db.internal", user="deploy", port=2222, jump="bastion")}
    assert effect(step, hosts=hosts) == (
        "make migrate\n# on db (deploy@db.internal:2222, through bastion); in /srv; with TAG=v42; "
        "with DATABASE_URL in its environment; with TOKEN on its standard input"
    )
    assert effect(Step(id="a", title="A", action=Run(command="make"), on="db")) == "make\n# on db"


def test_what_is_started_again_is_told_with_the_counts_that_are_remembered() -> None:
    saved = WorkloadPoint(namespace="shop", name="web", replicas=3)
    point = RollbackPoint(at=1.0, workloads=(saved,), absent=("new",), counts={"new": 2})
    state = begin(Checklist(title="t", phases=()), Entry(seq=1, at=1.0, event=START))
    state = apply(state, Entry(seq=2, at=2.0, event=PointCaptured(point=point)))
    step = Step(id="a", title="A", action=Scale(deployments=("web", "new", "gone"), replicas="original"))
    assert effect(step, state) == (
        "scale web to 3, new to 2, gone to what it had, as the rollback point remembers"
    )
    stop = Step(id="b", title="B", action=Scale(deployments=("web",), replicas=0))
    assert effect(stop, state) == "scale web to 0, and see their pods gone"
