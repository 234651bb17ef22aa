"""Reading once: whole lists in pages, and single objects, as partial structs."""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from alfred_tui.cluster.access.connect import Connection
from alfred_tui.cluster.access.errors import Absent, ClusterError, Forbidden
from alfred_tui.cluster.access.said import saying
from alfred_tui.cluster.access.transport import CONNECT_TIMEOUT
from alfred_tui.cluster.objects.partial import ListOf
from alfred_tui.cluster.objects.resources import NAMESPACES, Resource
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
    found, _ = await list_as_of(connection, resource, namespace, selector=selector, fields=fields)
    return found


async def list_as_of(
    connection: Connection,
    resource: Resource[T],
    namespace: str = "",
    *,
    selector: str = "",
    fields: str = "",
) -> tuple[list[T], str]:
    """The same, and the resource version at which it was so: all pages are of one moment."""
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
        page = decode(body, ListOf[resource.type], connection.hide)  # type: ignore[name-defined]
        found.extend(page.items or ())
        token = page.metadata.continue_token
        if not token:
            return found, page.metadata.resource_version


async def read(connection: Connection, resource: Resource[T], namespace: str, name: str) -> T:
    """One object. Raises Absent when there is none of that name, ClusterError otherwise."""
    body = await _patient(connection, resource.path(namespace, name), {})
    return decode(body, resource.type, connection.hide)


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


def decode(body: bytes, what: type[T], hide: Callable[[str], str] = str) -> T:
    """The body as `what`; `hide` takes secrets out of its messages. Raises ClusterError for another."""
    try:
        return msgspec.json.decode(body, type=what, dec_hook=saying(hide))
    except ValueError as problem:
        raise ClusterError(f"The API server's answer is not understood ({problem}).") from problem
