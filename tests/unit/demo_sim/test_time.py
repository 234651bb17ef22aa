"""The simulation runs on its clock: the same story at any pace, and no work where nothing happens."""

from collections import Counter

from alfred_tui.demo.kube.objects import Obj, clone
from alfred_tui.demo.sim.agenda import Agenda, Task
from alfred_tui.demo.sim.kinds import AUTOSCALERS, DEPLOYMENTS, EVENTS, LEASES, NODES
from alfred_tui.demo.sim.seeding import seed
from alfred_tui.demo.workspace.manifests import SEEDED_TAG, base_manifests

from tests.unit.demo_sim.conftest import Build
from tests.unit.demo_sim.lab import Lab


def story(lab: Lab) -> list[tuple[float, str, str, str]]:
    return [
        (round(at, 3), change.type, str(change.key), change.obj["metadata"]["name"].partition(".")[0])
        for at, change in lab.changes
        if change.key != EVENTS
    ]


def test_the_history_is_the_same_in_one_tick_and_in_a_thousand(build: Build) -> None:
    histories: list[list[tuple[float, str, str, str]]] = []
    for step in (None, 0.05):
        lab = build()
        lab.deploy("v1")
        lab.run(30, step)
        lab.set_image("v2-crash")
        lab.run(60, step)
        histories.append(story(lab))
    assert histories[0] == histories[1]


def test_an_idle_cluster_writes_only_heartbeats_and_measurements(build: Build) -> None:
    lab = build(nodes=0)
    seed(lab.cluster, base_manifests(SEEDED_TAG))
    lab.run(60)
    before = len(lab.changes)
    lab.run(600)
    written = Counter(change.key for _, change in lab.changes[before:])
    assert set(written) <= {NODES, LEASES, AUTOSCALERS}
    assert written[NODES] <= 4 * 600 / 40 + 4
    assert sum(written.values()) < 380


def test_nothing_is_planned_in_an_empty_cluster(build: Build) -> None:
    lab = build(nodes=0)
    lab.run(60)
    assert lab.cluster.next_due() is None


def test_an_object_that_makes_no_sense_stops_nobody_else(lab: Lab) -> None:
    broken: Obj = clone(lab.deploy("v1", name="broken"))
    broken["spec"]["strategy"]["rollingUpdate"]["maxSurge"] = "a quarter"
    lab.store.update(DEPLOYMENTS, broken)
    lab.deploy("v1")
    lab.run(30)
    assert len(lab.ready()) == 3
    assert lab.cluster.faults > 0
    lab.cluster.faults = 0


def test_events_are_kept_for_an_hour_after_they_last_happened(lab: Lab) -> None:
    lab.deploy("v1-never", replicas=1)
    lab.run(3500)
    assert lab.events("Scheduled")
    lab.run(200)
    assert not lab.events("Scheduled")
    assert lab.events("Unhealthy")


def test_an_agenda_keeps_a_task_once_at_its_earliest_time() -> None:
    agenda, task, other = Agenda(), Task(0, "default", "web"), Task(1, "default", "web")
    agenda.add(task, 30)
    agenda.add(other, 20)
    agenda.add(task, 10)
    agenda.add(task, 40)
    assert agenda.pop(5) is None
    assert agenda.pop(50) == (10, task)
    assert agenda.pop(50) == (20, other)
    assert agenda.pop(50) is None


def test_an_agenda_lets_what_was_missed_come_once() -> None:
    agenda, task, later = Agenda(), Task(0, "default", "web"), Task(1, "default", "web")
    agenda.add(task, 10)
    agenda.add(later, 500)
    agenda.postpone(100)
    assert agenda.pop(1000) == (100, task)
    assert agenda.pop(1000) == (500, later)
