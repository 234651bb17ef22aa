"""Reading once: whole lists in pages, and single objects, as partial structs."""

import asyncio
from typing import Any, TypeVar

import msgspec

from alfred_tui.cluster.connect import Connection
from alfred_tui.cluster.errors import Absent, ClusterError, Forbidden
from alfred_tui.cluster.objects import ListOf, Pod, Selector, Workload
from alfred_tui.cluster.resources import DEPLOYMENTS, NAMESPACES, PODS, WORKLOADS, Resource
from alfred_tui.cluster.transport import CONNECT_TIMEOUT
from alfred_tui.domain.errors import Usage

T = TypeVar("T")

_PAGE = 500
_TRIES = 4


async def list_all(
    connection: Connection,
    resource: Resource[T],
    namespace: str = "",
    *,
    selector: str = "",
    fields: str = "",
) -> list[T]:
    """Every object of the kind, in pages of 500; by labels, by fields. Raises ClusterError."""
    found: list[T] = []
    token = ""
    while True:
        query: dict[str, str | int | bool] = {"limit": _PAGE}
        if selector:
            query["labelSelector"] = selector
        if fields:
            query["fieldSelector"] = fields
        if token:
            query["continue"] = token
        body = await _patient(connection, resource.path(namespace), query)
        page = decode(body, ListOf[resource.type])  # type: ignore[name-defined]
        found.extend(page.items or ())
        token = page.metadata.continue_token
        if not token:
            return found


async def read(connection: Connection, resource: Resource[T], namespace: str, name: str) -> T:
    """One object. Raises Absent when there is none of that name, ClusterError otherwise."""
    return decode(await _patient(connection, resource.path(namespace, name), {}), resource.type)


async def read_raw(
    connection: Connection, resource: Resource[Any], namespace: str, name: str
) -> dict[str, Any]:
    """One object whole, as plain data."""
    return decode(await _patient(connection, resource.path(namespace, name), {}), dict[str, Any])


async def namespace_there(connection: Connection) -> str:
    """Asks for the target's namespace. A sentence when this account may not know it, else nothing.

    Raises Usage when there is none of that name, ClusterError when there is no answer.
    """
    target = connection.target
    try:
        await connection.get(NAMESPACES.path(name=target.namespace), timeout=CONNECT_TIMEOUT)
    except Absent as error:
        raise Usage(
            f"There is no namespace {target.namespace} in {target.context} ({target.server}).",
            hint="Name another with --namespace, or create it first.",
        ) from error
    except Forbidden:
        return f"Whether the namespace {target.namespace} exists is not known: this account may not read it."
    return ""


async def _patient(connection: Connection, path: str, query: dict[str, str | int | bool]) -> bytes:
    """The answer's body. A read may be repeated: what the server calls temporary is tried a few times."""
    for attempt in range(1, _TRIES + 1):
        try:
            return (await connection.get(path, query)).body
        except ClusterError as error:
            if not error.temporary or attempt == _TRIES:
                raise
            await asyncio.sleep(min(5.0, error.retry_after or 0.2 * 2**attempt))
    raise AssertionError("unreachable")


def decode(body: bytes, what: type[T]) -> T:
    """The body as `what`. Raises ClusterError when it is something else."""
    try:
        return msgspec.json.decode(body, type=what)
    except (msgspec.DecodeError, msgspec.ValidationError) as problem:
        raise ClusterError(f"The API server's answer is not understood ({problem}).") from problem


async def workload_of(connection: Connection, namespace: str, service: str) -> Workload | None:
    """The Deployment of that name, else the StatefulSet, else the DaemonSet that may be read."""
    for resource in WORKLOADS.values():
        try:
            found: Workload = await read(connection, resource, namespace, service)
        except Absent:
            continue
        except Forbidden:
            # An account that leads Deployments alone is told what it lacks by what finds no workload.
            if resource is DEPLOYMENTS:
                raise
            continue
        return found
    return None


async def pods_of(connection: Connection, namespace: str, service: str) -> tuple[list[Pod], str]:
    """The pods of a service, and in words how they were found.

    By the selector of the workload of that name; without one, by the labels that services usually carry.
    """
    workload = await workload_of(connection, namespace, service)
    if workload is not None and workload.spec.selector is not None:
        labels = _selector(workload.spec.selector)
        found = await list_all(connection, PODS, namespace, selector=labels)
        return found, f"{type(workload).__name__} {service} ({labels})"
    for label in ("app", "app.kubernetes.io/name"):
        found = await list_all(connection, PODS, namespace, selector=f"{label}={service}")
        if found:
            return found, f"label {label}={service}"
    return (
        [],
        f"no Deployment, StatefulSet or DaemonSet {service}, and no pod labelled app={service} or"
        f" app.kubernetes.io/name={service}",
    )


def no_pods(how: str) -> str:
    """That a service has none, from the words in which they were looked for."""
    return how if how.startswith("no ") else f"no pods of {how}"


def _selector(selector: Selector) -> str:
    parts = [f"{key}={value}" for key, value in sorted(selector.match_labels.items())]
    for one in selector.match_expressions:
        values = f"({','.join(one.values)})"
        words = {
            "In": f"{one.key} in {values}",
            "NotIn": f"{one.key} notin {values}",
            "Exists": one.key,
            "DoesNotExist": f"!{one.key}",
        }
        parts.append(words[one.operator])
    return ",".join(parts)
