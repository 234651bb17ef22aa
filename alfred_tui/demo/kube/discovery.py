"""What the API serves, told in the forms clients ask for: aggregated (v2), and group by group (v1)."""

from alfred_tui.demo.kube.health import health_paths
from alfred_tui.demo.kube.kinds import GROUP_VERSIONS, Kind, kinds_in
from alfred_tui.demo.kube.objects import Obj

AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"

# The control plane the embedded API was held against.
VERSION: Obj = {
    "major": "1",
    "minor": "36",
    "emulationMajor": "1",
    "emulationMinor": "36",
    "minCompatibilityMajor": "1",
    "minCompatibilityMinor": "35",
    "gitVersion": "v1.36.0",
    "gitCommit": "",
    "gitTreeState": "clean",
    "buildDate": "1970-01-01T00:00:00Z",
    "goVersion": "go1.27.3",
    "compiler": "gc",
    "platform": "linux/amd64",
}

_SUBRESOURCES: dict[str, tuple[str, ...]] = {
    "log": ("get",),
    "eviction": ("create",),
    "finalize": ("update",),
}
_CHANGE = ("get", "patch", "update")


def _subresource_kind(kind: Kind, subresource: str) -> tuple[str, str, str]:
    """The group, version and kind of what a subresource exchanges; "" the resource's own."""
    match subresource:
        case "scale":
            return "autoscaling", "v1", "Scale"
        case "eviction":
            return "policy", "v1", "Eviction"
        case _:
            return "", "", kind.kind


def _discovered(kind: Kind) -> Obj:
    entry: Obj = {
        "resource": kind.resource,
        "responseKind": {"group": "", "version": "", "kind": kind.kind},
        "scope": "Namespaced" if kind.namespaced else "Cluster",
        "singularResource": kind.singular,
        "verbs": list(kind.verbs),
    }
    if kind.short_names:
        entry["shortNames"] = list(kind.short_names)
    if kind.categories:
        entry["categories"] = list(kind.categories)
    if kind.subresources:
        entry["subresources"] = [_discovered_part(kind, name) for name in kind.subresources]
    return entry


def _discovered_part(kind: Kind, name: str) -> Obj:
    group, version, shown = _subresource_kind(kind, name)
    return {
        "subresource": name,
        "responseKind": {"group": group, "version": version, "kind": shown},
        "verbs": list(_SUBRESOURCES.get(name, _CHANGE)),
    }


def aggregated(core: bool) -> Obj:
    """APIGroupDiscoveryList for `/api` (the core group) or `/apis` (all others)."""
    items: list[Obj] = []
    for group, version in GROUP_VERSIONS:
        if (group == "") is core:
            resources = [_discovered(kind) for kind in kinds_in(group, version)]
            versions = [{"version": version, "resources": resources, "freshness": "Current"}]
            items.append({"metadata": {"name": group} if group else {}, "versions": versions})
    return {
        "kind": "APIGroupDiscoveryList",
        "apiVersion": "apidiscovery.k8s.io/v2",
        "metadata": {},
        "items": items,
    }


def api_versions() -> Obj:
    """APIVersions for `/api`."""
    addresses = [{"clientCIDR": "0.0.0.0/0", "serverAddress": "127.0.0.1"}]
    return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": addresses}


def _group(group: str, version: str) -> Obj:
    preferred = {"groupVersion": f"{group}/{version}", "version": version}
    return {"name": group, "versions": [preferred], "preferredVersion": preferred}


def api_groups() -> Obj:
    """APIGroupList for `/apis`."""
    groups = [_group(group, version) for group, version in GROUP_VERSIONS if group]
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}


def api_group(group: str) -> Obj | None:
    """APIGroup for `/apis/GROUP`; None when it is not served."""
    for name, version in GROUP_VERSIONS:
        if name == group and group:
            return {"kind": "APIGroup", "apiVersion": "v1", **_group(name, version)}
    return None


def api_resources(group: str, version: str) -> Obj | None:
    """APIResourceList for one group and version; None when it is not served."""
    if (group, version) not in GROUP_VERSIONS:
        return None
    resources: list[Obj] = []
    for kind in kinds_in(group, version):
        entry: Obj = {
            "name": kind.resource,
            "singularName": kind.singular,
            "namespaced": kind.namespaced,
            "kind": kind.kind,
            "verbs": list(kind.verbs),
        }
        if kind.short_names:
            entry["shortNames"] = list(kind.short_names)
        if kind.categories:
            entry["categories"] = list(kind.categories)
        resources.append(entry)
        resources += [_part(kind, name) for name in kind.subresources]
    return {
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": f"{group}/{version}" if group else version,
        "resources": resources,
    }


def _part(kind: Kind, name: str) -> Obj:
    group, version, shown = _subresource_kind(kind, name)
    entry: Obj = {"name": f"{kind.resource}/{name}", "singularName": "", "namespaced": kind.namespaced}
    if group:
        entry |= {"group": group, "version": version}
    return {**entry, "kind": shown, "verbs": list(_SUBRESOURCES.get(name, _CHANGE))}


def root_paths() -> Obj:
    """What `/` lists."""
    paths = ["/api", "/api/v1", "/apis"]
    for group, version in GROUP_VERSIONS:
        if group:
            paths += [f"/apis/{group}", f"/apis/{group}/{version}"]
    return {"paths": sorted((*paths, *health_paths(), "/openapi/v2", "/openapi/v3", "/version"))}
