"""The official Python client, blocking and asynchronous, works on the embedded API."""

import asyncio
from pathlib import Path
from typing import Any

from alfred_tui.demo.kube.kubeconfig import kubeconfig
from alfred_tui.demo.kube.store import Key

from tests.integration.kube_api.lab import Lab
from tests.integration.kube_api.manifests import deployment, pod

PODS = Key("", "pods")


def written(lab: Lab, folder: Path) -> str:
    path = folder / "client.yaml"
    path.write_text(kubeconfig(lab.url, lab.server.ca_pem, lab.server.admin_token, user="admin"))
    return str(path)


async def test_the_blocking_client_reads_writes_and_watches(lab: Lab, tmp_path: Path) -> None:
    lab.store.create(PODS, pod())
    config = written(lab, tmp_path)

    def work() -> tuple[list[str], int, int, list[str], str]:
        from kubernetes import client, watch
        from kubernetes import config as loading

        api_client = loading.new_client_from_config(config_file=config)
        core, apps = client.CoreV1Api(api_client), client.AppsV1Api(api_client)
        names = [found.metadata.name for found in core.list_namespaced_pod("default").items]
        made = apps.create_namespaced_deployment("default", deployment())
        scaled = apps.patch_namespaced_deployment_scale("web", "default", {"spec": {"replicas": 5}})
        events = watch.Watch().stream(core.list_namespaced_pod, "default", timeout_seconds=1)
        kinds = [event["type"] for event in events]
        version = client.VersionApi(api_client).get_code().git_version
        return names, made.spec.replicas, scaled.spec.replicas, kinds, version

    assert await asyncio.to_thread(work) == (["p"], 2, 5, ["ADDED"], "v1.36.0")


async def test_the_asynchronous_client_reads_and_applies(lab: Lab, tmp_path: Path) -> None:
    from kubernetes.aio import client
    from kubernetes.aio import config as loading

    lab.store.create(PODS, pod())
    settings: Any = client.Configuration()
    await loading.load_kube_config(config_file=written(lab, tmp_path), client_configuration=settings)
    async with client.ApiClient(settings) as api_client:
        listed = await client.CoreV1Api(api_client).list_namespaced_pod("default")
        assert [found.metadata.name for found in listed.items] == ["p"]
        applied = await client.AppsV1Api(api_client).patch_namespaced_deployment(
            "web",
            "default",
            deployment(),
            field_manager="test",
            force=True,
            _content_type="application/apply-patch+yaml",
        )
        assert applied.spec.replicas == 2
    found = lab.store.get(Key("apps", "deployments"), "default", "web")
    assert found is not None
    assert found["metadata"]["managedFields"][0]["manager"] == "test"
