"""Whose pods a service's are: of whatever workload has its name, with whatever labels."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from alfred_tui.cluster.access.connect import Connection
from alfred_tui.cluster.live.consistent_reads import ConsistentReads
from alfred_tui.cluster.live.service_pods import pods_of, workload_of
from alfred_tui.demo.kube.defaults import admit
from alfred_tui.demo.kube.objects import Key
from alfred_tui.demo.kube.rights import Rule
from alfred_tui.demo.kube.store import Store

from tests.integration.cluster.accounts import SEE, account
from tests.integration.cluster.lab import lab

SETS = {"orders-db": "StatefulSet", "log-shipper": "DaemonSet"}


def add(store: Store, group: str, plural: str, kind: str, name: str, **spec: Any) -> None:
    meta: dict[str, Any] = {"name": name, "namespace": "default", "labels": spec.pop("labels", {})}
    key = Key(group, plural)
    store.create(key, admit(key, {"kind": kind, "metadata": meta, "spec": spec}, None))


def workload(store: Store, kind: str, name: str, **labels: str) -> None:
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "c", "image": "i:1"}]}}
    plural = f"{kind.lower()}s"
    add(store, "apps", plural, kind, name, selector={"matchLabels": labels}, template=template)


def a_pod(store: Store, name: str, **labels: str) -> None:
    containers = [{"name": "c", "image": "i:1"}]
    add(store, "", "pods", "Pod", name, labels=labels, containers=containers, nodeName="node-0")


async def found(connection: Connection, service: str) -> tuple[list[str], str]:
    pods, how = await pods_of(ConsistentReads(connection, "default"), service)
    return [pod.metadata.name for pod in pods], how


@pytest.mark.parametrize(("service", "kind"), SETS.items())
async def test_the_pods_of_a_set_are_found_by_its_own_selector(
    service: str, kind: str, tmp_path: Path
) -> None:
    async with lab(tmp_path) as cluster, cluster.connected() as connection:
        a_pod(cluster.store, "somebody-elses", app=service)
        workload(cluster.store, kind, service, tier="x")
        async with asyncio.timeout(30):
            while not (all_of_it := await found(connection, service))[0]:
                await asyncio.sleep(0.05)
        names, how = all_of_it
        assert all(name.startswith(f"{service}-") for name in names)
        assert how == f"{kind} {service} (tier=x)"


async def test_who_may_not_read_sets_finds_by_labels(tmp_path: Path) -> None:
    async with lab(tmp_path) as cluster:
        few = account(
            Rule(SEE, ("",), ("pods",), "default"), Rule(SEE, ("apps",), ("deployments",), "default")
        )
        workload(cluster.store, "StatefulSet", "cart", tier="x")
        a_pod(cluster.store, "by-name", **{"app.kubernetes.io/name": "cart"})
        async with cluster.connected(cluster.server.issue(few)) as connection:
            assert await found(connection, "cart") == (["by-name"], "label app.kubernetes.io/name=cart")
            meant = await workload_of(ConsistentReads(connection, "default"), "cart")
            assert meant == (None, "no Deployment, StatefulSet, DaemonSet or Service cart")


async def test_without_a_workload_the_usual_labels_tell(tmp_path: Path) -> None:
    async with lab(tmp_path) as cluster, cluster.connected() as connection:
        a_pod(cluster.store, "by-name", **{"app.kubernetes.io/name": "cart"})
        assert await found(connection, "cart") == (["by-name"], "label app.kubernetes.io/name=cart")
        _, how = await found(connection, "nope")
        assert how.startswith("no Deployment, StatefulSet, DaemonSet or Service nope, and no pod labelled")


def a_service(store: Store, name: str, **selector: str) -> None:
    add(store, "", "services", "Service", name, selector=selector, ports=[{"port": 80}])


async def test_a_service_leads_to_a_workload_of_another_name(tmp_path: Path) -> None:
    async with lab(tmp_path) as cluster, cluster.connected() as connection:
        workload(cluster.store, "Deployment", "cart-server", app="cart", tier="x")
        a_service(cluster.store, "cart", app="cart")
        reads = ConsistentReads(connection, "default")
        a_pod(cluster.store, "one", app="cart")
        pods, how = await pods_of(reads, "cart")
        assert "one" in {pod.metadata.name for pod in pods}
        assert how == "Service cart (app=cart)"
        meant, how = await workload_of(reads, "cart")
        assert meant is not None
        assert (meant.metadata.name, how) == (
            "cart-server",
            "Deployment cart-server, through the Service cart (app=cart)",
        )
        workload(cluster.store, "StatefulSet", "cart-db", app="cart")
        assert await workload_of(reads, "cart") == (
            None,
            "no workload cart, and the Service cart (app=cart) selects the pods of"
            " Deployment cart-server and StatefulSet cart-db: name one of them",
        )
        workload(cluster.store, "Deployment", "cart", app="other")
        _, how = await workload_of(reads, "cart")
        assert how == "Deployment cart"
