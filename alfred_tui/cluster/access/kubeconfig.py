"""Kubeconfig files, found and merged as kubectl does it, and what one context of them refers to.

No client library here: the answer must be there before the first paint.
"""

import base64
import binascii
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from alfred_tui.domain.errors import CockpitError, NotConfigured

IN_CLUSTER = "in-cluster"
SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Entry:
    """One named cluster, user or context, and the folder its relative paths are relative to."""

    name: str
    fields: Mapping[str, Any]
    folder: Path

    def text(self, key: str) -> str:
        """The field as text, empty when absent: YAML may have read `123` or `yes` as something else."""
        value = self.fields.get(key)
        return "" if value is None else str(value)

    def path(self, key: str) -> Path | None:
        """A field that names a file."""
        value = self.text(key)
        return self.folder / Path(value).expanduser() if value else None


@dataclass(frozen=True)
class Access:
    """A context with everything it refers to."""

    context: str
    namespace: str
    """As the context has it; empty when it names none."""
    cluster: Entry
    user: Entry
    paths: tuple[str, ...] = field(default=())

    @property
    def server(self) -> str:
        """The API server's URL without a slash at the end."""
        return self.cluster.text("server").rstrip("/")

    @property
    def in_cluster(self) -> bool:
        """Whether we run in a pod and use its service account."""
        return self.context == IN_CLUSTER and not self.paths


@dataclass(frozen=True)
class _Merged:
    current: str
    clusters: Mapping[str, Entry]
    users: Mapping[str, Entry]
    contexts: Mapping[str, Entry]


def kubeconfig_paths(kubeconfig: str | None, environ: Mapping[str, str]) -> tuple[str, ...]:
    """The files in order: the one that was named, else `KUBECONFIG`'s, else `~/.kube/config`.

    Like kubectl's, a list skips files that are missing. Empty when there is none at all.
    """
    if kubeconfig:
        if not Path(kubeconfig).expanduser().is_file():
            raise CockpitError(
                f"There is no kubeconfig at {kubeconfig}.", hint="Give --kubeconfig the path of a file."
            )
        return (str(Path(kubeconfig).expanduser().absolute()),)
    listed = environ.get("KUBECONFIG", "")
    if listed:
        named = [Path(part).expanduser() for part in listed.split(os.pathsep) if part]
        found = tuple(str(path.absolute()) for path in named if path.is_file())
        if not found:
            raise CockpitError(
                f"KUBECONFIG is {listed}, and no such file is there.",
                hint="Set it to a file that exists, or give --kubeconfig PATH.",
            )
        return found
    home = Path(environ.get("HOME") or "~").expanduser() / ".kube" / "config"
    return (str(home),) if home.is_file() else ()


def _read(path: str) -> Mapping[str, Any]:
    try:
        loaded = yaml.load(Path(path).read_bytes(), Loader=_Loader)  # noqa: S506 - a safe loader, C or not
    except OSError as problem:
        raise CockpitError(f"The kubeconfig {path} cannot be read: {problem.strerror}.") from problem
    except (yaml.YAMLError, ValueError) as problem:
        mark = getattr(problem, "problem_mark", None)
        where = f" (line {mark.line + 1})" if mark else ""
        raise CockpitError(f"The kubeconfig {path} is not valid YAML{where}.") from problem
    if loaded is None:
        return {}
    if not isinstance(loaded, dict):
        raise CockpitError(f"The kubeconfig {path} is not a mapping with clusters, users and contexts.")
    return loaded


def _entries(document: Mapping[str, Any], plural: str, singular: str, path: str) -> list[Entry]:
    listed = document.get(plural) or []
    if not isinstance(listed, list):
        raise CockpitError(f"In the kubeconfig {path}, {plural} is not a list.")
    out = []
    for one in listed:
        if not isinstance(one, dict) or "name" not in one:
            raise CockpitError(f"In the kubeconfig {path}, an entry of {plural} has no name.")
        fields = one.get(singular) or {}
        out.append(Entry(str(one["name"]), fields if isinstance(fields, dict) else {}, Path(path).parent))
    return out


def _merge(paths: Sequence[str]) -> _Merged:
    """The first file to name something wins, as in kubectl."""
    current = ""
    groups: tuple[dict[str, Entry], dict[str, Entry], dict[str, Entry]] = ({}, {}, {})
    for path in paths:
        document = _read(path)
        current = current or str(document.get("current-context") or "")
        for group, plural in zip(groups, ("clusters", "users", "contexts"), strict=True):
            for entry in _entries(document, plural, plural.removesuffix("s"), path):
                group.setdefault(entry.name, entry)
    return _Merged(current, *groups)


def _no_such_context(wanted: str, merged: _Merged, paths: Sequence[str]) -> CockpitError:
    there = ", ".join(sorted(merged.contexts)) or "none"
    return CockpitError(
        f"The context {wanted} is not in {_files(paths)}; there are: {there}.",
        hint="Name one of them with --context.",
    )


def _files(paths: Sequence[str]) -> str:
    return f"the kubeconfig {' and '.join(paths)}"


def resolve(paths: Sequence[str], context: str | None) -> Access:
    """The context and what it refers to. Raises CockpitError with a sentence for whatever is wrong."""
    merged = _merge(paths)
    name = context or merged.current
    if not name:
        there = ", ".join(sorted(merged.contexts)) or "none"
        raise CockpitError(
            f"No current context is set in {_files(paths)}; there are: {there}.",
            hint="Name one with --context.",
        )
    chosen = merged.contexts.get(name)
    if chosen is None:
        raise _no_such_context(name, merged, paths)
    cluster = merged.clusters.get(chosen.text("cluster"))
    if cluster is None or not cluster.text("server"):
        raise CockpitError(
            f"The context {name} in {_files(paths)} refers to the cluster "
            f"'{chosen.text('cluster')}', which is not there or has no server."
        )
    if not cluster.text("server").startswith(("https://", "http://")):
        raise CockpitError(
            f"The server of the context {name} is {cluster.text('server')}, which is no http(s) address."
        )
    user_name = chosen.text("user")
    user = merged.users.get(user_name)
    if user is None and user_name:
        raise CockpitError(
            f"The context {name} in {_files(paths)} refers to the user '{user_name}', which is not there."
        )
    none = Entry("", {}, Path())
    return Access(name, chosen.text("namespace"), cluster, user or none, tuple(paths))


def in_cluster_access(environ: Mapping[str, str], folder: Path = SERVICE_ACCOUNT) -> Access | None:
    """The pod's service account, when we run in one."""
    host, port = environ.get("KUBERNETES_SERVICE_HOST", ""), environ.get("KUBERNETES_SERVICE_PORT", "443")
    if not host or not (folder / "token").is_file():
        return None
    address = f"[{host}]" if ":" in host else host
    cluster = {"server": f"https://{address}:{port}", "certificate-authority": str(folder / "ca.crt")}
    namespace = folder / "namespace"
    return Access(
        IN_CLUSTER,
        namespace.read_text().strip() if namespace.is_file() else "",
        Entry(IN_CLUSTER, cluster, folder),
        Entry("service-account", {"tokenFile": str(folder / "token")}, folder),
    )


def find_access(
    kubeconfig: str | None, context: str | None, environ: Mapping[str, str] | None = None
) -> Access:
    """The access that kubectl would use with these options. Raises NotConfigured when there is none."""
    env = os.environ if environ is None else environ
    paths = kubeconfig_paths(kubeconfig, env)
    if paths:
        return resolve(paths, context)
    pod = in_cluster_access(env)
    if pod is None:
        raise NotConfigured(
            "No cluster is connected: there is no ~/.kube/config and KUBECONFIG is not set.",
            hint="Give --kubeconfig PATH, or log in to a cluster first.",
        )
    return pod


def authority(cluster: Entry) -> bytes:
    """The cluster's CA in PEM, empty when it names none (then the system's are used)."""
    data = cluster.text("certificate-authority-data")
    if data:
        return _decoded(data, f"certificate-authority-data of the cluster {cluster.name}")
    path = cluster.path("certificate-authority")
    return read_credential(path, f"certificate authority of the cluster {cluster.name}") if path else b""


def _decoded(data: str, what: str) -> bytes:
    try:
        return base64.b64decode(data, validate=False)
    except (binascii.Error, ValueError) as problem:
        raise CockpitError(f"The {what} in the kubeconfig is not base64.") from problem


def inline_or_file(entry: Entry, key: str, what: str) -> bytes:
    """A field's `-data` form, else the content of the file it names, else nothing."""
    data = entry.text(f"{key}-data")
    if data:
        return _decoded(data, what)
    path = entry.path(key)
    return read_credential(path, what) if path else b""


def read_credential(path: Path, what: str) -> bytes:
    """The content of a file that the kubeconfig refers to."""
    try:
        return path.read_bytes()
    except OSError as problem:
        raise CockpitError(f"The {what} should be in {path}: {problem.strerror}.") from problem
