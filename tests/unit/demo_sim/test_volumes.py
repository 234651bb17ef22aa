"""Claims are bound to the volume they name, to one that fits, or to one made for them."""

from alfred_tui.demo.kube.objects import Obj
from alfred_tui.demo.sim.kinds import CLAIMS, VOLUMES

from tests.unit.demo_sim.lab import Lab, pod_template


def storage_class(lab: Lab, provisioner: str, mode: str = "Immediate") -> None:
    kind = {"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": "fast"}}
    lab.add({**kind, "provisioner": provisioner, "volumeBindingMode": mode})


def claim(lab: Lab, size: str = "5Gi", **spec: object) -> None:
    wanted = {
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": "fast",
        "resources": {"requests": {"storage": size}},
        **spec,
    }
    kind = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data"}}
    lab.add({**kind, "spec": wanted})


def volume(lab: Lab, name: str, size: str) -> None:
    spec = {
        "capacity": {"storage": size},
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": "fast",
        "hostPath": {"path": "/data"},
    }
    lab.add({"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": name}, "spec": spec})


def the_claim(lab: Lab) -> Obj:
    found = lab.store.get(CLAIMS, "default", "data")
    assert found is not None
    return found


def test_a_claim_takes_the_smallest_volume_that_fits(lab: Lab) -> None:
    storage_class(lab, "kubernetes.io/no-provisioner")
    for name, size in (("large", "50Gi"), ("middle", "10Gi"), ("small", "1Gi")):
        volume(lab, name, size)
    claim(lab)
    lab.run(1)
    assert the_claim(lab)["status"]["phase"] == "Bound"
    assert the_claim(lab)["spec"]["volumeName"] == "middle"
    assert the_claim(lab)["status"]["capacity"] == {"storage": "10Gi"}
    bound = lab.store.get(VOLUMES, "", "middle")
    assert bound is not None
    assert bound["status"]["phase"] == "Bound"
    assert bound["spec"]["claimRef"]["name"] == "data"


def test_a_claim_that_names_its_volume_is_bound_without_a_consumer(lab: Lab) -> None:
    storage_class(lab, "kubernetes.io/no-provisioner", "WaitForFirstConsumer")
    claim(lab, volumeName="by-hand")
    lab.run(1)
    assert the_claim(lab)["status"]["phase"] == "Pending"
    volume(lab, "by-hand", "5Gi")
    lab.run(1)
    assert the_claim(lab)["status"]["phase"] == "Bound"


def test_a_claim_waits_for_its_first_consumer_where_the_class_says_so(lab: Lab) -> None:
    storage_class(lab, "csi.example.com", "WaitForFirstConsumer")
    claim(lab)
    lab.run(10)
    assert the_claim(lab)["status"]["phase"] == "Pending"
    assert lab.messages("WaitForFirstConsumer") == ["waiting for first consumer to be created before binding"]
    template = pod_template(app="web")
    template["spec"]["volumes"] = [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]
    spec = {"selector": {"matchLabels": {"app": "web"}}, "replicas": 1, "template": template}
    lab.add({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec})
    lab.run(20)
    assert the_claim(lab)["status"]["phase"] == "Bound"
    assert lab.ready()


def test_without_a_fitting_volume_the_claim_stays_pending_and_says_so(lab: Lab) -> None:
    storage_class(lab, "kubernetes.io/no-provisioner")
    claim(lab)
    lab.run(10)
    assert the_claim(lab)["status"]["phase"] == "Pending"
    assert len(lab.events("FailedBinding")) == 1
