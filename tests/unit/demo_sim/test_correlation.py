"""Similar events are told together, and a source that tells too much of one object is not heard."""

from alfred_tui.demo.sim.correlation import Correlator

from tests.unit.demo_sim.lab import Lab

GROUP = ("uid", "Normal", "deployment-controller", "", "ScalingReplicaSet")


def test_the_tenth_message_of_a_group_is_told_with_the_others() -> None:
    one = Correlator()
    told = [one.is_one_of_many(GROUP, f"message {n}", float(n)) for n in range(12)]
    assert told == [False] * 9 + [True] * 3


def test_a_message_that_is_known_is_counted_by_itself() -> None:
    one = Correlator()
    assert not any(one.is_one_of_many(GROUP, f"message {n % 3}", float(n)) for n in range(30))


def test_a_quiet_group_begins_anew() -> None:
    one = Correlator()
    for n in range(12):
        one.is_one_of_many(GROUP, f"message {n}", float(n))
    assert not one.is_one_of_many(GROUP, "another", 700.0)


def test_a_source_tells_so_many_events_of_an_object_at_once_and_then_one_every_five_minutes() -> None:
    one = Correlator()
    assert [one.allows(GROUP, 0.0) for _ in range(26)] == [True] * 25 + [False]
    assert not one.allows(GROUP, 299.0)
    assert one.allows(GROUP, 600.0)


def test_a_deployment_rolled_out_again_and_again_tells_its_scaling_in_one_event(lab: Lab) -> None:
    lab.deploy("v1", replicas=4)
    lab.run(20)
    for version in ("v2", "v3"):
        lab.set_image(version)
        lab.run(40)
    events = lab.events("ScalingReplicaSet")
    combined = [event for event in events if event["message"].startswith("(combined from similar events): ")]
    assert len(combined) == 1
    assert combined[0]["count"] > 1
    assert len(events) == 10
