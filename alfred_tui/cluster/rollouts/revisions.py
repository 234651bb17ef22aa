"""The revisions that a Deployment can go back to, and what differs between two of them."""

import copy
import difflib
import re
from collections.abc import Callable, Iterable
from typing import Any

import yaml

from alfred_tui.cluster.objects.ownership import images_of
from alfred_tui.cluster.objects.partial import Deployment, ReplicaSet
from alfred_tui.cluster.objects.pod_status import epoch
from alfred_tui.cluster.rollouts.deployment_rollout import TEMPLATE_HASH, owned, revision_of
from alfred_tui.domain.cluster.workloads import RevisionView

CHANGE_CAUSE = "kubernetes.io/change-cause"
HIDDEN = "(hidden)"
_SENSITIVE = re.compile(r"pass|secret|token|key|credential|auth|private|dsn|database_url|connection", re.I)


def history(deployment: Deployment, replicasets: Iterable[ReplicaSet]) -> tuple[RevisionView, ...]:
    """Its revisions, newest first. Which one is current is the Deployment's own word."""
    current = revision_of(deployment)
    return tuple(
        RevisionView(
            number=revision_of(one),
            name=one.metadata.name,
            images=images_of(one.spec.template),
            created_at=epoch(one.metadata.creation_timestamp),
            change_cause=one.metadata.annotations.get(CHANGE_CAUSE, ""),
            replicas=one.status.replicas,
            current=bool(current) and revision_of(one) == current,
        )
        for one in reversed(owned(deployment, replicasets))
        if revision_of(one)
    )


def plain_template(template: dict[str, Any]) -> dict[str, Any]:
    """A pod template without the hash label that its ReplicaSet added: as a manifest would have it."""
    plain = copy.deepcopy(template)
    metadata = plain.get("metadata") or {}
    (metadata.get("labels") or {}).pop(TEMPLATE_HASH, None)
    metadata.pop("creationTimestamp", None)
    return plain


def diff_templates(
    before: dict[str, Any], after: dict[str, Any], redact: Callable[[str], str] = str
) -> tuple[str, ...]:
    """Unified diff lines (`-`, `+`, ` `, `@@`) of two pod templates as YAML, empty when they are the same.

    Values of environment variables whose names sound secret are hidden; that one changed is still told. What
    `redact` knows is taken out wherever it stands, before long values are broken into lines.
    """
    old, new = plain_template(before), plain_template(after)
    _hide(old, new)
    old, new = without_secrets(old, redact), without_secrets(new, redact)
    lines = difflib.unified_diff(_yaml(old), _yaml(new), "before", "after", n=2, lineterm="")
    return tuple(lines)[2:]


def _yaml(template: dict[str, Any]) -> list[str]:
    text = yaml.safe_dump(template, sort_keys=True, default_flow_style=False, allow_unicode=True, width=200)
    return str(text).splitlines()


def _environment(template: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    spec = template.get("spec") or {}
    containers = [*(spec.get("containers") or ()), *(spec.get("initContainers") or ())]
    return {
        (str(container.get("name")), str(entry.get("name"))): entry
        for container in containers
        for entry in container.get("env") or ()
    }


def hide_environment(template: dict[str, Any]) -> None:
    """Hides, in place, values of environment variables whose names sound secret."""
    for (_, name), entry in _environment(template).items():
        if entry.get("value") is not None and _SENSITIVE.search(name):
            entry["value"] = HIDDEN


def without_secrets(value: Any, redact: Callable[[str], str]) -> Any:
    """Plain data with `redact` applied to each of its texts."""
    match value:
        case str():
            return redact(value)
        case dict():
            return {redact(str(key)): without_secrets(one, redact) for key, one in value.items()}
        case list():
            return [without_secrets(one, redact) for one in value]
        case _:
            return value


def _hide(old: dict[str, Any], new: dict[str, Any]) -> None:
    before, after = _environment(old), _environment(new)
    for key in before.keys() | after.keys():
        if not _SENSITIVE.search(key[1]):
            continue
        values = [side[key].get("value") if key in side else None for side in (before, after)]
        if values[0] is not None:
            before[key]["value"] = HIDDEN
        if values[1] is not None:
            changed = values[0] is not None and values[0] != values[1]
            after[key]["value"] = "(hidden, another value)" if changed else HIDDEN
