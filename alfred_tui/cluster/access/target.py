"""The target a run is pinned to: how it is told apart, how a drift is noticed, and the pin that makes plain
`kubectl` in a checklist's commands use exactly it.
"""

import hashlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

from alfred_tui.cluster.access.kubeconfig import Access, authority, find_access, in_cluster_access, resolve
from alfred_tui.domain.cluster.workloads import Target
from alfred_tui.domain.errors import CockpitError

PINNED_CONTEXT = "alfred-cockpit-pinned"


def _digest(*parts: str | bytes) -> str:
    joined = b"\0".join(part if isinstance(part, bytes) else part.encode() for part in parts)
    return hashlib.sha256(joined).hexdigest()[:12]


_PARTS = ("server", "certificate authority", "user", "namespace")


def fingerprint(access: Access) -> str:
    """A digest each for server, certificate authority, user and the context's namespace, joined by `-`.

    Apart, so that a drift can be told by name. Tokens and keys are not in it: they are renewed all the time.
    """
    cluster, user = access.cluster, access.user
    trust = [cluster.text("tls-server-name"), cluster.text("insecure-skip-tls-verify")]
    identity = [user.name, user.text("as"), str((user.fields.get("exec") or {}).get("command", ""))]
    return "-".join(
        (
            _digest(access.server, cluster.text("proxy-url")),
            _digest(authority(cluster), *trust),
            _digest(*identity),
            _digest(access.namespace),
        )
    )


def read_target(
    kubeconfig: str | None,
    context: str | None,
    namespace: str | None,
    *,
    environ: Mapping[str, str] | None = None,
) -> Target:
    """What a run is pinned to: kubectl's answer for the same options.

    Raises NotConfigured when no cluster is configured at all, CockpitError when one is, but wrongly.
    """
    access = find_access(kubeconfig, context, environ)
    return Target(
        context=access.context,
        namespace=namespace or access.namespace or "default",
        server=access.server,
        user=access.user.name,
        fingerprint=fingerprint(access),
        kubeconfig=access.paths,
    )


def access_of(target: Target) -> Access:
    """The target's context, read again from the files it came from."""
    if target.kubeconfig:
        return resolve(target.kubeconfig, target.context)
    pod = in_cluster_access(os.environ)
    if pod is None:
        raise CockpitError("The service account of this pod is not there any more.")
    return pod


def drifted(target: Target) -> str | None:
    """A sentence that says what the kubeconfig now says differently, or None.

    Switching the current context is no drift: everything here names its context.
    """
    try:
        access = access_of(target)
        now = fingerprint(access).split("-")
    except CockpitError as problem:
        return f"The context {target.context} cannot be read any more. {problem}"
    before = target.fingerprint.split("-")
    changed = [part for part, old, new in zip(_PARTS, before, now, strict=False) if old != new]
    if not changed:
        return None
    told = [_change(part, target, access) for part in changed]
    return f"The context {target.context} has changed since the run began: {'; '.join(told)}."


def _change(part: str, target: Target, access: Access) -> str:
    if part == "server" and access.server != target.server:
        return f"its server was {target.server} and is {access.server}"
    if part == "user" and access.user.name != target.user:
        return f"its user was {target.user or 'none'} and is {access.user.name or 'none'}"
    if part == "namespace":
        return f"its namespace is now {access.namespace or 'default'}"
    return f"its {part} is another one"


def pin_kubeconfig(folder: Path, original_paths: Sequence[str], target: Target) -> dict[str, str]:
    """Writes FOLDER/pin.kubeconfig (0600, no credentials) and returns the environment that makes it count.

    kubectl takes the current context from the first file of `KUBECONFIG` and cluster and user from the
    files behind it, so credentials stay where they are and are renewed there.
    """
    if not original_paths:
        return {"POD_NAMESPACE": target.namespace}
    odd = [path for path in original_paths if os.pathsep in path]
    if odd:
        raise CockpitError(
            f"The kubeconfig {odd[0]} has '{os.pathsep}' in its path, which KUBECONFIG cannot hold.",
            hint="Copy it to another path and name that one with --kubeconfig.",
        )
    access = resolve(original_paths, target.context)
    context = {"cluster": access.cluster.name, "user": access.user.name, "namespace": target.namespace}
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": PINNED_CONTEXT,
        "contexts": [{"name": PINNED_CONTEXT, "context": context}],
    }
    path = folder / "pin.kubeconfig"
    fresh = path.with_suffix(f".{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        yaml.safe_dump(document, file, sort_keys=False)
    fresh.replace(path)
    return {"KUBECONFIG": os.pathsep.join((str(path), *original_paths))}
