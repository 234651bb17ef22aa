"""Cordons and taints of nodes."""

from alfred_tui.demo.kube.objects import Obj
from alfred_tui.demo.sim.kinds import LEASES, NODES

from tests.unit.demo_sim.lab import Lab


def node_spec(lab: Lab) -> Obj:
    node = lab.store.get(NODES, "", "node-0")
    assert node is not None
    return dict(node["spec"])


def test_a_cordon_taints_the_node_and_an_uncordon_takes_the_taint_off(lab: Lab) -> None:
    with lab.edit(NODES, "node-0", "") as node:
        node["spec"]["unschedulable"] = True
    lab.run(1)
    (taint,) = node_spec(lab)["taints"]
    assert (taint["key"], taint["effect"]) == ("node.kubernetes.io/unschedulable", "NoSchedule")
    with lab.edit(NODES, "node-0", "") as node:
        del node["spec"]["unschedulable"]
    lab.run(1)
    assert "taints" not in node_spec(lab)


def test_a_no_execute_taint_drives_pods_away_but_not_those_that_tolerate_it(lab: Lab) -> None:
    lab.deploy(replicas=4)
    lab.run(10)
    with lab.edit(NODES, "node-0", "") as node:
        node["spec"]["taints"] = [{"key": "k", "value": "v", "effect": "NoExecute"}]
    lab.run(60)
    assert len(lab.ready()) == 4
    assert all(pod["spec"]["nodeName"] != "node-0" for pod in lab.pods())
    (event,) = lab.events("TaintManagerEviction")
    assert event["message"].startswith("Marking for deletion Pod ")


def test_every_node_holds_a_lease(lab: Lab) -> None:
    lab.run(120)
    lease = lab.store.get(LEASES, "kube-node-lease", "node-2")
    assert lease is not None
    assert lease["spec"]["holderIdentity"] == "node-2"
