"""What pod specs the API server refuses, in Kubernetes' words."""

from collections.abc import Collection, Iterator

from alfred_tui.demo.kube.errors import Cause, duplicate, invalid_value, required, unsupported
from alfred_tui.demo.kube.names import label_problem
from alfred_tui.demo.kube.objects import Obj
from alfred_tui.demo.kube.quantities import parse_quantity

_PULL_POLICIES = ("Always", "IfNotPresent", "Never")


def pod_spec_causes(spec: Obj, path: str, claimed: Collection[str] = ()) -> Iterator[Cause]:
    """The problems of a pod's or template's spec at `path`; its pods get the volumes `claimed` besides."""
    if not spec.get("containers"):
        yield required(f"{path}.containers")
    volumes = {str(volume.get("name", "")) for volume in spec.get("volumes") or ()} | set(claimed)
    seen: set[str] = set()
    for which in ("initContainers", "containers"):
        for at, container in enumerate(spec.get(which) or ()):
            where = f"{path}.{which}[{at}]"
            yield from _name_causes(container, where)
            yield from _container_causes(container, where, volumes)
            name = container.get("name", "")
            if name and name in seen:
                yield duplicate(f"{where}.name", name)
            seen.add(name)


def _name_causes(container: Obj, where: str) -> Iterator[Cause]:
    name = container.get("name", "")
    if not name:
        yield required(f"{where}.name")
    elif problem := label_problem(name):
        yield invalid_value(f"{where}.name", name, problem)


def _container_causes(container: Obj, where: str, volumes: set[str]) -> Iterator[Cause]:
    image = container.get("image", "")
    if not image:
        yield required(f"{where}.image")
    elif image != image.strip():
        yield invalid_value(f"{where}.image", image, "must not have leading or trailing whitespace")
    for at, port in enumerate(container.get("ports") or ()):
        number = port.get("containerPort")
        if number is None:
            yield required(f"{where}.ports[{at}].containerPort")
        elif not 1 <= number <= 65535:
            yield invalid_value(
                f"{where}.ports[{at}].containerPort", number, "must be between 1 and 65535, inclusive"
            )
    for at, variable in enumerate(container.get("env") or ()):
        if not variable.get("name"):
            yield required(f"{where}.env[{at}].name")
    for at, mount in enumerate(container.get("volumeMounts") or ()):
        if mount.get("name") not in volumes:
            field = f"{where}.volumeMounts[{at}].name"
            yield Cause(field, "FieldValueNotFound", f'Not found: "{mount.get("name", "")}"')
    policy = container.get("imagePullPolicy", "IfNotPresent")
    if policy not in _PULL_POLICIES:
        yield unsupported(f"{where}.imagePullPolicy", policy, _PULL_POLICIES)
    yield from _resource_causes(container.get("resources") or {}, f"{where}.resources")


def _resource_causes(resources: Obj, path: str) -> Iterator[Cause]:
    limits = resources.get("limits") or {}
    for name, request in sorted((resources.get("requests") or {}).items()):
        if parse_quantity(request) < 0:
            yield invalid_value(
                f"{path}.requests[{name}]", str(request), "must be greater than or equal to 0"
            )
        limit = limits.get(name)
        if limit is not None and parse_quantity(request) > parse_quantity(limit):
            why = f"must be less than or equal to {name} limit of {limit}"
            yield invalid_value(f"{path}.requests", str(request), why)
