"""Which names, labels and keys are valid, with the sentences Kubernetes refuses the others with."""

import re
from collections.abc import Iterator

from alfred_tui.demo.kube.errors import Cause, invalid_value
from alfred_tui.demo.kube.objects import Key, Obj

_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
SUBDOMAIN = rf"{_LABEL}(\.{_LABEL})*"
_DNS_1035 = "[a-z]([-a-z0-9]*[a-z0-9])?"
_VALUE = "(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?"
_NAME_PART = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_CONFIG_KEY = "[-._a-zA-Z0-9]+"

SUBDOMAIN_PROBLEM = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must "
    "start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
    f"'{SUBDOMAIN}')"
)
LABEL_PROBLEM = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start "
    "and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
    f"'{_LABEL}')"
)
DNS_1035_PROBLEM = (
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic "
    "character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for "
    f"validation is '{_DNS_1035}')"
)
VALUE_PROBLEM = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must "
    "start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used "
    f"for validation is '{_VALUE}')"
)
NAME_PART_PROBLEM = (
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
    "alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
    f"'{_NAME_PART}')"
)
CONFIG_KEY_PROBLEM = (
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or "
    f"'KEY_NAME',  or 'key-name', regex used for validation is '{_CONFIG_KEY}')"
)

_ANNOTATIONS_LIMIT = 256 * 1024

_LABEL_NAMED = frozenset((Key("", "namespaces"),))
_DNS_1035_NAMED = frozenset((Key("", "services"),))
_PATH_NAMED = frozenset(
    Key("rbac.authorization.k8s.io", resource)
    for resource in ("roles", "rolebindings", "clusterroles", "clusterrolebindings")
)


def label_problem(name: str) -> str:
    """Why a name is no RFC 1123 label; "" when it is one."""
    if len(name) > 63:
        return "must be no more than 63 characters"
    return "" if re.fullmatch(_LABEL, name) else LABEL_PROBLEM


def name_problem(key: Key, name: str) -> str:
    """Why an object of a kind cannot have that name; "" when it can."""
    if key in _PATH_NAMED:
        return "may not contain '/' or '%'" if re.search("[/%]", name) or name in (".", "..") else ""
    if key in _LABEL_NAMED:
        return label_problem(name)
    if key in _DNS_1035_NAMED:
        if len(name) > 63:
            return "must be no more than 63 characters"
        return "" if re.fullmatch(_DNS_1035, name) else DNS_1035_PROBLEM
    if len(name) > 253:
        return "must be no more than 253 characters"
    return "" if re.fullmatch(SUBDOMAIN, name) else SUBDOMAIN_PROBLEM


def port_name_problem(name: str) -> str:
    """Why a port cannot have that name (IANA_SVC_NAME); "" when it can."""
    if len(name) > 15:
        return "must be no more than 15 characters"
    if not re.fullmatch("[-a-z0-9]+", name):
        return "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)"
    if not re.search("[a-z]", name):
        return "must contain at least one letter (a-z)"
    if "--" in name:
        return "must not contain consecutive hyphens"
    return "must not begin or end with a hyphen" if name.startswith("-") or name.endswith("-") else ""


def annotation_causes(annotations: Obj, path: str) -> Iterator[Cause]:
    """The problems of a map of annotations at `path`: their values are free, up to a size."""
    for name in sorted(annotations):
        prefix, slash, part = name.lower().rpartition("/")
        if slash and not re.fullmatch(SUBDOMAIN, prefix):
            yield invalid_value(path, name, f"prefix part {SUBDOMAIN_PROBLEM}")
        elif not re.fullmatch(_NAME_PART, part) or len(part) > 63:
            yield invalid_value(path, name, NAME_PART_PROBLEM)
    size = sum(len(name) + len(str(value)) for name, value in annotations.items())
    if size > _ANNOTATIONS_LIMIT:
        yield Cause(path, "FieldValueTooLong", f"Too long: may not be more than {_ANNOTATIONS_LIMIT} bytes")


def label_causes(labels: Obj, path: str) -> Iterator[Cause]:
    """The problems of a map of labels at `path`."""
    for name, value in sorted(labels.items()):
        prefix, slash, part = name.rpartition("/")
        if slash and not re.fullmatch(SUBDOMAIN, prefix):
            yield invalid_value(path, name, f"prefix part {SUBDOMAIN_PROBLEM}")
        elif not re.fullmatch(_NAME_PART, part) or len(part) > 63:
            yield invalid_value(path, name, NAME_PART_PROBLEM)
        if len(value) > 63:
            yield invalid_value(path, value, "must be no more than 63 bytes")
        elif not re.fullmatch(_VALUE, value):
            yield invalid_value(path, value, VALUE_PROBLEM)


def config_key_causes(data: Obj, path: str) -> Iterator[Cause]:
    """The problems of the keys of a config map's or secret's data."""
    for name in sorted(data):
        if not re.fullmatch(_CONFIG_KEY, name):
            yield invalid_value(f"{path}[{name}]", name, CONFIG_KEY_PROBLEM)
