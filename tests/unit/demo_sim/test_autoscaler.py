"""Autoscalers hold at their minimum, keep to their bounds and leave alone what was scaled to nothing."""

import pytest
from alfred_tui.demo.kube.objects import Obj
from alfred_tui.demo.sim.kinds import AUTOSCALERS
from alfred_tui.demo.sim.surge import replicas

from tests.unit.demo_sim.lab import Lab, condition


def autoscaler(lab: Lab, least: int = 3, most: int = 6, target: int = 80) -> None:
    spec = {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
        "minReplicas": least,
        "maxReplicas": most,
        "metrics": [
            {
                "type": "Resource",
                "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": target}},
            }
        ],
    }
    kind = {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "web"}}
    lab.add({**kind, "spec": spec})


def the_autoscaler(lab: Lab) -> Obj:
    found = lab.store.get(AUTOSCALERS, "default", "web")
    assert found is not None
    return found


def test_it_holds_at_its_minimum_under_the_usual_load(lab: Lab) -> None:
    lab.deploy()
    autoscaler(lab)
    lab.run(1800)
    status = the_autoscaler(lab)["status"]
    assert (status["currentReplicas"], status["desiredReplicas"]) == (3, 3)
    current = status["currentMetrics"][0]["resource"]["current"]
    assert 25 <= current["averageUtilization"] <= 60
    assert condition(the_autoscaler(lab), "AbleToScale")["reason"] == "ReadyForNewScale"
    assert condition(the_autoscaler(lab), "ScalingActive")["reason"] == "ValidMetricFound"
    assert condition(the_autoscaler(lab), "ScalingLimited")["reason"] == "TooFewReplicas"
    assert lab.events("SuccessfulRescale") == []


def test_it_lifts_the_target_to_the_minimum(lab: Lab) -> None:
    lab.deploy(replicas=1)
    autoscaler(lab)
    lab.run(30)
    assert replicas(lab.deployment()) == 3
    (event,) = lab.events("SuccessfulRescale")
    assert event["message"] == "New size: 3; reason: Current number of replicas below Spec.MinReplicas"


def test_it_leaves_a_target_alone_that_was_scaled_to_nothing(lab: Lab) -> None:
    lab.deploy()
    autoscaler(lab)
    lab.run(60)
    lab.scale(0)
    lab.run(300)
    assert lab.pods() == []
    found = condition(the_autoscaler(lab), "ScalingActive")
    assert (found["status"], found["reason"]) == ("False", "ScalingDisabled")


def test_it_scales_up_when_the_pods_use_more_than_the_target(lab: Lab) -> None:
    lab.deploy()
    autoscaler(lab, target=20)
    lab.run(120)
    assert 4 <= replicas(lab.deployment()) <= 6
    assert condition(the_autoscaler(lab), "ScalingActive")["status"] == "True"


def test_it_scales_down_only_after_its_stabilization(lab: Lab) -> None:
    lab.deploy(replicas=3)
    autoscaler(lab, target=20)
    lab.run(120)
    grown = replicas(lab.deployment())
    with lab.edit(AUTOSCALERS, "web") as obj:
        obj["spec"]["metrics"][0]["resource"]["target"]["averageUtilization"] = 95
    lab.run(60)
    assert replicas(lab.deployment()) == grown
    assert condition(the_autoscaler(lab), "AbleToScale")["reason"] == "ScaleDownStabilized"
    lab.run(330)
    assert replicas(lab.deployment()) == 3


def test_a_new_one_leaves_the_size_that_it_meets_until_its_stabilization_is_over(lab: Lab) -> None:
    lab.deploy(replicas=5)
    autoscaler(lab, least=2, target=95)
    lab.run(120)
    assert replicas(lab.deployment()) == 5
    assert condition(the_autoscaler(lab), "AbleToScale")["reason"] == "ScaleDownStabilized"
    lab.run(330)
    assert replicas(lab.deployment()) < 5


def test_without_metrics_it_says_so_and_changes_nothing(lab: Lab) -> None:
    lab.cluster.available = False
    lab.deploy()
    autoscaler(lab)
    lab.run(60)
    found = condition(the_autoscaler(lab), "ScalingActive")
    assert (found["status"], found["reason"]) == ("False", "FailedGetResourceMetric")
    assert replicas(lab.deployment()) == 3


def test_a_target_that_does_not_exist_is_named(lab: Lab) -> None:
    autoscaler(lab)
    lab.run(30)
    found = condition(the_autoscaler(lab), "AbleToScale")
    assert found["reason"] == "FailedGetScale"
    assert 'Deployment "web" not found' in found["message"]


@pytest.mark.parametrize("most", [3, 4])
def test_it_never_goes_over_the_maximum(lab: Lab, most: int) -> None:
    lab.deploy()
    autoscaler(lab, most=most, target=10)
    lab.run(120)
    assert replicas(lab.deployment()) == most
    assert condition(the_autoscaler(lab), "ScalingLimited")["reason"] == "TooManyReplicas"
