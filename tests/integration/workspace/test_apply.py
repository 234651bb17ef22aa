"""kubectl applies the workspace's manifests to the embedded API as the checklist has it."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from alfred_tui.demo.kube.defaults import admit
from alfred_tui.demo.kube.kinds import by_type
from alfred_tui.demo.kube.kubeconfig import kubeconfig
from alfred_tui.demo.kube.objects import Key, Obj
from alfred_tui.demo.kube.server import KubeServer
from alfred_tui.demo.kube.sources import NoLogs, NoUsage
from alfred_tui.demo.kube.store import Store
from alfred_tui.demo.scenarios import CANARY, RELEASE, SERVICES
from alfred_tui.demo.workspace import WorkspaceInfo
from alfred_tui.demo.workspace.manifests import SEEDED_TAG, base_manifests

from tests.integration.workspace.test_manifests import OVERLAY, kubectl
from tests.unit.demo_traffic.platform import SetClock

Kubectl = Callable[..., Awaitable[str]]

DEPLOYMENTS = Key("apps", "deployments")


def seeded(clock: SetClock) -> Store:
    store = Store(clock.now)
    for obj in base_manifests(SEEDED_TAG):
        served = by_type(obj["apiVersion"], obj["kind"])
        assert served is not None
        store.create(served.key, admit(served.key, obj, None))
    return store


@pytest.fixture
def store() -> Store:
    return seeded(SetClock())


@pytest.fixture
async def kube(store: Store, workspace: WorkspaceInfo, tmp_path: Path) -> AsyncIterator[Kubectl]:
    """Runs kubectl in the workspace against the seeded API; it must end well."""
    server = KubeServer(store, now=store.now, logs=NoLogs(), usage=NoUsage())
    url = await server.start()
    config = tmp_path / "kubeconfig"
    config.write_text(kubeconfig(url, server.ca_pem, server.admin_token, user="lead"), encoding="utf-8")

    async def perform(*arguments: str, ends: int = 0) -> str:
        process = await asyncio.create_subprocess_exec(
            kubectl(),
            *arguments,
            cwd=workspace.folder,
            env={**os.environ, "KUBECONFIG": str(config), "HOME": str(tmp_path)},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        async with asyncio.timeout(60):
            output, errors = await process.communicate()
        assert process.returncode == ends, errors.decode()
        assert errors == b""
        return output.decode()

    try:
        yield perform
    finally:
        await server.stop()


def outcomes(output: str) -> dict[str, str]:
    """What apply says of each object."""
    return {line.split()[0]: line.split()[1] for line in output.splitlines()}


def image(store: Store, name: str) -> str:
    found: Obj | None = store.get(DEPLOYMENTS, "default", name)
    assert found is not None
    return str(found["spec"]["template"]["spec"]["containers"][0]["image"])


async def test_the_release_changes_the_images_and_nothing_else(kube: Kubectl, store: Store) -> None:
    dry = outcomes(await kube("apply", "-k", str(OVERLAY), "--dry-run=server"))
    assert image(store, "alfred-bot") == f"registry.local/alfred-bot:{SEEDED_TAG}"
    assert len(dry) == len(base_manifests(RELEASE))
    told = outcomes(await kube("apply", "-k", str(OVERLAY)))
    changed = {name for name, outcome in told.items() if outcome != "unchanged"}
    assert changed == {f"deployment.apps/{service}" for service in SERVICES}
    assert {told[name] for name in changed} == {"configured"}
    for service in SERVICES:
        assert image(store, service) == f"registry.local/{service}:{RELEASE}"
    again = outcomes(await kube("apply", "-k", str(OVERLAY)))
    assert set(again.values()) == {"unchanged"}


async def test_the_difference_is_the_images_and_shows_nothing_once_it_is_applied(kube: Kubectl) -> None:
    told = await kube("diff", "-k", str(OVERLAY), ends=1)
    changed = [line.strip() for line in told.splitlines() if line[:2] in ("- ", "+ ") and "image" in line]
    assert len(changed) == 2 * len(SERVICES)
    assert f"+        image: registry.local/alfred-bot:{RELEASE}" in told
    await kube("apply", "-k", str(OVERLAY))
    assert await kube("diff", "-k", str(OVERLAY)) == ""


async def test_the_canary_is_applied_as_the_document_has_it_and_as_an_overlay(
    kube: Kubectl, store: Store
) -> None:
    folder = str(OVERLAY / "canary")
    assert outcomes(await kube("apply", "-f", folder)) == {"deployment.apps/alfred-bot-canary": "created"}
    assert image(store, "alfred-bot-canary") == f"registry.local/alfred-bot:{CANARY}"
    assert outcomes(await kube("apply", "-k", folder)) == {"deployment.apps/alfred-bot-canary": "unchanged"}


async def test_the_previous_release_can_be_applied_again(
    kube: Kubectl, store: Store, workspace: WorkspaceInfo
) -> None:
    await kube("apply", "-k", str(OVERLAY))
    overlay = workspace.folder / OVERLAY / "kustomization.yaml"
    overlay.write_text(overlay.read_text(encoding="utf-8").replace(RELEASE, SEEDED_TAG), encoding="utf-8")
    await kube("apply", "-k", str(OVERLAY))
    for service in SERVICES:
        assert image(store, service) == f"registry.local/{service}:{SEEDED_TAG}"
