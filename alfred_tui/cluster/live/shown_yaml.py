"""An object as YAML for a person: without what only machines read, and without secrets."""

import asyncio
import copy
from collections.abc import Callable
from typing import Any

import yaml

from alfred_tui.cluster.access.connect import Connection
from alfred_tui.cluster.objects.resources import NAMED
from alfred_tui.cluster.rollouts.revisions import HIDDEN, hide_environment, without_secrets
from alfred_tui.cluster.store.reads import read_raw
from alfred_tui.domain.errors import CockpitError

_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


async def shown_yaml(
    connection: Connection, kind: str, namespace: str, name: str, redact: Callable[[str], str]
) -> tuple[str, ...]:
    """The object's lines. `redact` takes known secrets out of a text. Raises CockpitError."""
    if kind not in NAMED:
        raise CockpitError(f"A {kind} is not shown as YAML here; there are: {', '.join(sorted(NAMED))}.")
    raw = await read_raw(connection, NAMED[kind], namespace, name)
    return await asyncio.to_thread(yaml_lines, raw, redact)


def yaml_lines(raw: dict[str, Any], redact: Callable[[str], str] = lambda text: text) -> tuple[str, ...]:
    """An object's YAML without managedFields; a Secret's values, and values of environment variables whose
    names sound secret, are hidden; what `redact` knows is taken out wherever it stands."""
    shown = plain_object(raw)
    text = yaml.safe_dump(
        without_secrets(shown, redact),
        sort_keys=False,
        default_flow_style=False,
        allow_unicode=True,
        width=10_000,
    )
    return tuple(str(text).splitlines())


def plain_object(raw: dict[str, Any]) -> dict[str, Any]:
    """A copy of the object without managedFields and without values that are secret by their place."""
    plain = copy.deepcopy(raw)
    metadata = plain.get("metadata") or {}
    metadata.pop("managedFields", None)
    annotations = metadata.get("annotations") or {}
    if _LAST_APPLIED in annotations:
        # The whole object once more, values of Secrets and variables in it.
        annotations[_LAST_APPLIED] = HIDDEN
    if plain.get("kind") == "Secret":
        for field in ("data", "stringData"):
            if plain.get(field):
                plain[field] = dict.fromkeys(plain[field], HIDDEN)
    spec = plain.get("spec") or {}
    hide_environment(spec.get("template") or {})
    hide_environment({"spec": spec})
    return plain
