"""Label and field selectors, in the grammar kubectl's -l and --field-selector take."""

import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from alfred_tui.demo.kube.errors import bad_request
from alfred_tui.demo.kube.names import label_causes
from alfred_tui.demo.kube.objects import Key, Obj

_TOKEN = re.compile(r"\s*(==|!=|=|>|<|!|,|\(|\)|[^\s=!<>,()]+)")


class Requirement(msgspec.Struct, frozen=True):
    """One condition on a label: operator is in, notin, exists, absent, gt or lt."""

    label: str
    operator: str
    values: frozenset[str] = frozenset()

    def matches(self, labels: Mapping[str, str]) -> bool:
        value = labels.get(self.label)
        match self.operator:
            case "in":
                return value in self.values
            case "notin":
                return value is None or value not in self.values
            case "exists":
                return value is not None
            case "absent":
                return value is None
            case _:
                return _compare(value, self.operator, self.values)


def _compare(value: str | None, operator: str, bounds: frozenset[str]) -> bool:
    try:
        number, bound = int(value or ""), int(next(iter(bounds)))
    except ValueError:
        return False
    return number > bound if operator == "gt" else number < bound


Labels = Callable[[Mapping[str, str]], bool]
Objects = Callable[[Obj], bool]


def parse_labels(text: str) -> tuple[Requirement, ...]:
    """The requirements of a label selector; ApiError 400 in Kubernetes' words when it is none."""
    tokens, found = _tokens(text), list[Requirement]()
    while tokens:
        if _is_mark(tokens[0]) and tokens[0] != "!":
            first = "!, identifier, or 'end of string'" if not found else "identifier after ','"
            raise _unexpected(tokens, first)
        found.append(_checked(_requirement(tokens)))
        if not tokens:
            break
        if tokens[0] != ",":
            raise _unexpected(tokens, "',' or 'end of string'")
        tokens.pop(0)
        if not tokens:
            raise _unexpected(tokens, "identifier after ','")
    return tuple(found)


def _tokens(text: str) -> list[str]:
    tokens, at = list[str](), 0
    text = text.strip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            break
        tokens.append(match[1])
        at = match.end()
    return tokens


def _is_mark(token: str) -> bool:
    return re.fullmatch(r"[=!<>,()]+", token) is not None


def _unexpected(tokens: list[str], wanted: str) -> Exception:
    return bad_request(f"found '{tokens[0] if tokens else ''}', expected: {wanted}")


def _unreadable(tokens: list[str], wanted: str) -> Exception:
    found = tokens[0] if tokens else ""
    # Kubernetes' sentence for a missing bracket has no comma.
    comma = "" if wanted == "'('" else ","
    return bad_request(f"unable to parse requirement: found '{found}'{comma} expected: {wanted}")


def _requirement(tokens: list[str]) -> Requirement:
    label = tokens.pop(0)
    if label == "!":
        if not tokens or _is_mark(tokens[0]):
            raise _unreadable(tokens, "identifier")
        return Requirement(tokens.pop(0), "absent")
    if not tokens or tokens[0] == ",":
        return Requirement(label, "exists")
    if tokens[0] in ("in", "notin"):
        return Requirement(label, tokens.pop(0), _values(tokens))
    names = {"=": "in", "==": "in", "!=": "notin", ">": "gt", "<": "lt"}
    if tokens[0] not in names:
        raise _unreadable(tokens, "in, notin, =, ==, !=, gt, lt")
    operator = names[tokens.pop(0)]
    if tokens and tokens[0] != "," and _is_mark(tokens[0]):
        raise _unreadable(tokens, "identifier")
    value = tokens.pop(0) if tokens and tokens[0] != "," else ""
    if operator in ("gt", "lt") and re.fullmatch(r"[+-]?\d+", value) is None:
        why = f"Invalid value: \"{value}\": for 'Gt', 'Lt' operators, the value must be an integer"
        raise bad_request(f"unable to parse requirement: values[0]: {why}")
    return Requirement(label, operator, frozenset((value,)))


def _checked(requirement: Requirement) -> Requirement:
    """ApiError 400 for what can be no label."""
    for cause in label_causes({requirement.label: ""}, "<nil>"):
        raise bad_request(f"unable to parse requirement: {cause}")
    if requirement.operator in ("in", "notin"):
        for at, value in enumerate(sorted(requirement.values)):
            for cause in label_causes({"k": value}, f"values[{at}][{requirement.label}]"):
                raise bad_request(f"unable to parse requirement: {cause}")
    return requirement


def _values(tokens: list[str]) -> frozenset[str]:
    if not tokens or tokens[0] != "(":
        raise _unreadable(tokens, "'('")
    tokens.pop(0)
    values: set[str] = set()
    while tokens:
        part = tokens.pop(0)
        if part == ")":
            return frozenset(values)
        if part == ",":
            continue
        values.add(part)
        if tokens and tokens[0] not in (",", ")"):
            break
    raise _unreadable(tokens, "',' or ')'")


def label_matcher(text: str) -> Objects | None:
    """Whether an object's labels match; None for an empty selector, which matches everything."""
    requirements = parse_labels(text)
    if not requirements:
        return None

    def matches(obj: Obj) -> bool:
        labels = obj["metadata"].get("labels") or {}
        return all(requirement.matches(labels) for requirement in requirements)

    return matches


_OPERATORS = {"In": "in", "NotIn": "notin", "Exists": "exists", "DoesNotExist": "absent"}


def selector_requirements(selector: Obj) -> tuple[Requirement, ...]:
    """The requirements of a metav1.LabelSelector (matchLabels and matchExpressions)."""
    wanted = [
        Requirement(label, "in", frozenset((value,)))
        for label, value in sorted((selector.get("matchLabels") or {}).items())
    ]
    for expression in selector.get("matchExpressions") or ():
        operator = _OPERATORS[expression["operator"]]
        wanted.append(Requirement(expression["key"], operator, frozenset(expression.get("values") or ())))
    return tuple(wanted)


def selects(selector: Obj, labels: Mapping[str, str]) -> bool:
    """Whether a metav1.LabelSelector matches; an empty one matches everything."""
    return all(requirement.matches(labels) for requirement in selector_requirements(selector))


def selector_text(selector: Obj | None) -> str:
    """A LabelSelector as kubectl writes it; "" for an empty one."""
    parts: list[tuple[str, str]] = []
    for requirement in selector_requirements(selector or {}):
        label, values = requirement.label, sorted(requirement.values)
        match requirement.operator:
            case "in" if len(values) == 1:
                text = f"{label}={values[0]}"
            case "exists":
                text = label
            case "absent":
                text = f"!{label}"
            case operator:
                text = f"{label} {operator} ({','.join(values)})"
        parts.append((label, text))
    return ",".join(text for _, text in sorted(parts))


_FIELDS: dict[Key, tuple[str, ...]] = {
    Key("", "pods"): (
        "spec.nodeName",
        "spec.restartPolicy",
        "spec.schedulerName",
        "spec.serviceAccountName",
        "spec.hostNetwork",
        "status.phase",
        "status.podIP",
        "status.nominatedNodeName",
    ),
    Key("", "events"): (
        "involvedObject.kind",
        "involvedObject.namespace",
        "involvedObject.name",
        "involvedObject.uid",
        "involvedObject.apiVersion",
        "involvedObject.resourceVersion",
        "involvedObject.fieldPath",
        "reason",
        "reportingComponent",
        "source",
        "type",
    ),
    Key("", "nodes"): ("spec.unschedulable",),
    Key("", "secrets"): ("type",),
    Key("", "services"): ("spec.clusterIP", "spec.type"),
    Key("", "namespaces"): ("status.phase",),
    Key("", "replicationcontrollers"): ("status.replicas",),
    Key("batch", "jobs"): ("status.successful",),
}


def field_matcher(key: Key, text: str) -> Objects | None:
    """Whether an object's fields match; None for an empty selector. ApiError 400 for other fields."""
    conditions: list[tuple[tuple[str, ...], str, bool]] = []
    for part in filter(None, text.split(",")):
        match = re.fullmatch(r"([^=!]+)(==|!=|=)(.*)", part)
        if match is None:
            raise bad_request(f"invalid selector: '{text}'; can't understand '{part}'")
        path, operator, value = match[1], match[2], match[3]
        if path not in ("metadata.name", "metadata.namespace", *_FIELDS.get(key, ())):
            raise bad_request(_unsupported(key, path))
        if match[3].replace("\\=", "").find("=") >= 0:
            raise bad_request("invalid field selector: unescaped character in value: 61")
        conditions.append((tuple(path.split(".")), value, operator != "!="))
    if not conditions:
        return None

    def matches(obj: Obj) -> bool:
        return all((_field(key, obj, path) == value) is wanted for path, value, wanted in conditions)

    return matches


def _unsupported(key: Key, path: str) -> str:
    if key == Key("batch", "jobs"):
        return f'field label "{path}" not supported for Job'
    if key in _FIELDS or key == Key("events.k8s.io", "events"):
        return f"field label not supported: {path}"
    return f'"{path}" is not a known field selector: only "metadata.name", "metadata.namespace"'


def _field(key: Key, obj: Obj, path: tuple[str, ...]) -> str:
    if key == Key("", "events") and path == ("source",):
        path = ("source", "component")
    value: Any = obj
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "false" if path in (("spec", "unschedulable"), ("spec", "hostNetwork")) else ""
    return str(value)


def matcher(key: Key, labels: str, fields: str) -> Objects | None:
    """Both selectors in one test; None when both are empty."""
    by_label = label_matcher(labels)
    by_field = field_matcher(key, fields)
    if by_label is None or by_field is None:
        return by_label or by_field
    return lambda obj: by_label(obj) and by_field(obj)
