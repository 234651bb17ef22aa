"""Which cluster and namespaces a watcher's panels show, and by which clock."""

import time
from pathlib import Path

import pytest
from alfred_tui.actions.clock import Clock
from alfred_tui.cli.feeds import JournalSource
from alfred_tui.cli.options import Options, shown_namespaces
from alfred_tui.cli.screen import watchers_clock
from alfred_tui.cli.watch import ended_demo, watched
from alfred_tui.domain.cluster.workloads import Target
from alfred_tui.domain.document.checklist import Checklist
from alfred_tui.domain.errors import Usage
from alfred_tui.domain.run.events import Entry, RunStarted
from alfred_tui.domain.run.folding import begin
from alfred_tui.journal import RunFolder

from tests.stories.given import a_kubeconfig

SERVER = "https://127.0.0.1:9"
LED = Target(context="prod", namespace="shop", server=SERVER)


def test_a_watcher_sees_the_runs_namespace_a_set_or_all() -> None:
    assert shown_namespaces(None, "--namespace", everywhere=False) is None
    assert shown_namespaces("shop, test,", "--namespace", everywhere=False) == ("shop", "test")
    assert shown_namespaces(None, "--namespace", everywhere=True) == ()


@pytest.mark.parametrize(("namespace", "everywhere"), [("shop", True), (" , ", False), ("", False)])
def test_what_cannot_be_meant_is_refused(namespace: str, everywhere: bool) -> None:
    with pytest.raises(Usage):
        shown_namespaces(namespace, "--namespace", everywhere=everywhere)


def test_a_watchers_own_account_looks_at_the_runs_namespace(tmp_path: Path) -> None:
    options = Options(kubeconfig=str(a_kubeconfig(tmp_path, SERVER)))
    target, notices = watched(LED, options)
    assert target is not None
    assert (target.context, target.namespace, notices) == ("lab", "shop", ())


def test_a_watcher_without_an_account_of_its_own_has_the_leads() -> None:
    assert watched(LED, Options()) == (LED, ())


def test_a_watcher_is_told_that_its_account_is_one_of_another_server(tmp_path: Path) -> None:
    options = Options(kubeconfig=str(a_kubeconfig(tmp_path, "https://127.0.0.1:10")))
    target, (told,) = watched(LED, options)
    assert target is not None
    assert told.startswith(f"The run is led on {SERVER}, and the panels show https://127.0.0.1:10")


def test_a_watcher_tells_a_fast_demos_time_as_its_lead_does(tmp_path: Path) -> None:
    wall = time.time() - 60
    lead = Clock(20, started_at=5000.0, wall_started_at=wall)
    started = RunStarted(
        run="r", title="t", digest="", lead="ann", host="box", speed=20, began_at=5000.0, wall_began_at=wall
    )
    state = begin(Checklist(title="t", phases=()), Entry(seq=1, at=5000.0, event=started))

    now = watchers_clock(JournalSource(RunFolder(tmp_path), state))

    before, told, after = lead.now(), now(), lead.now()
    assert before - 20 <= told <= after + 20  # each reads this machine's two clocks one after the other
    assert told >= 5000 + 59 * 20


def test_a_watcher_is_told_that_the_demos_cluster_ended_with_it(tmp_path: Path) -> None:
    there = tmp_path / "lead.yaml"
    target = Target(context="demo", namespace="default", server=SERVER, kubeconfig=(str(there),))
    started = RunStarted(run="r", title="t", digest="", lead="ann", host="box", mode="demo", target=target)
    state = begin(Checklist(title="t", phases=()), Entry(seq=1, at=1.0, event=started))

    assert "ended with it" in ended_demo(state)[0]
    there.touch()
    assert ended_demo(state) == ()
