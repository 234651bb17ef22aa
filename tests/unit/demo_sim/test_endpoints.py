"""A Service's endpoints follow its pods: listed when they have an address, ready when they are."""

from alfred_tui.demo.kube.objects import Obj
from alfred_tui.demo.sim.kinds import ENDPOINTS, SERVICES, SLICES

from tests.unit.demo_sim.lab import Lab


def service(lab: Lab) -> None:
    ports = [{"name": "http", "port": 80, "targetPort": "http"}]
    meta = {"name": "web", "labels": {"app": "web"}}
    lab.add(
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": meta,
            "spec": {"selector": {"app": "web"}, "ports": ports},
        }
    )


def the_slice(lab: Lab) -> Obj:
    (found,) = lab.store.list(SLICES, "default")
    return found


def endpoints(lab: Lab) -> Obj:
    found = lab.store.get(ENDPOINTS, "default", "web")
    assert found is not None
    return found


def test_ready_pods_stand_behind_the_service(lab: Lab) -> None:
    service(lab)
    lab.deploy(replicas=2)
    lab.run(20)
    addresses = {pod["status"]["podIP"] for pod in lab.pods()}
    (subset,) = endpoints(lab)["subsets"]
    assert {one["ip"] for one in subset["addresses"]} == addresses
    assert "notReadyAddresses" not in subset
    assert subset["ports"] == [{"name": "http", "port": 8080, "protocol": "TCP"}]
    assert the_slice(lab)["metadata"]["labels"]["kubernetes.io/service-name"] == "web"
    assert the_slice(lab)["ports"] == [{"name": "http", "port": 8080, "protocol": "TCP"}]
    for endpoint in the_slice(lab)["endpoints"]:
        assert endpoint["conditions"] == {"ready": True, "serving": True, "terminating": False}


def test_a_pod_that_is_not_ready_is_listed_as_such(lab: Lab) -> None:
    service(lab)
    lab.deploy("v1-never", replicas=1)
    lab.run(20)
    (subset,) = endpoints(lab)["subsets"]
    assert "addresses" not in subset
    assert len(subset["notReadyAddresses"]) == 1
    (endpoint,) = the_slice(lab)["endpoints"]
    assert endpoint["conditions"] == {"ready": False, "serving": False, "terminating": False}


def test_a_pod_that_terminates_serves_but_is_not_ready(lab: Lab) -> None:
    service(lab)
    lab.deploy(replicas=1)
    lab.run(20)
    lab.scale(0)
    lab.run(0.1)
    (endpoint,) = the_slice(lab)["endpoints"]
    assert endpoint["conditions"] == {"ready": False, "serving": True, "terminating": True}
    assert "subsets" not in endpoints(lab)
    lab.run(5)
    assert the_slice(lab)["endpoints"] is None


def test_a_service_with_no_pods_has_empty_endpoints(lab: Lab) -> None:
    service(lab)
    lab.run(1)
    assert "subsets" not in endpoints(lab)
    assert the_slice(lab)["endpoints"] is None


def test_endpoints_go_with_their_service(lab: Lab) -> None:
    service(lab)
    lab.deploy(replicas=1)
    lab.run(20)
    lab.store.delete(SERVICES, "default", "web")
    lab.run(1)
    assert lab.store.list(ENDPOINTS) == []
    assert lab.store.list(SLICES) == []
