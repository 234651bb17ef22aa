"""Which pods are meant by a line that a person typed: a name, an owner, or a label selector."""

import re
from collections.abc import Callable

from alfred_tui.domain.cluster.workloads import Pod
from alfred_tui.domain.errors import Usage

Fits = Callable[[Pod], bool]

_SET = re.compile(r"(\S+)\s+(in|notin)\s*\(([^)]*)\)")
_EQUAL = re.compile(r"([^!=\s]+)\s*(==|!=|=)\s*(\S*)")
_TERMS = re.compile(r"[^\s,()]+\s+(?:not)?in\s*\([^)]*\)|[^\s,()]+\s*[!=]?=\s*[^\s,()]*|[^\s,()]+")


def pod_choice(text: str, namespace: str = "") -> Fits:
    """What `text` means. Parts are parted by commas or spaces, and all of them must fit.

    `pod/NAME` is that pod, `Kind/NAME` the pods of a controller; `key=value`, `key!=value`,
    `key in (a,b)`, `key notin (a,b)` and `!key` are said of labels as kubectl's `-l` says them; anything
    else is part of the pod's name. Raises Usage when it is empty or cannot be read.
    """
    terms = [_term(one) for one in _TERMS.findall(text)]
    if not terms or _TERMS.sub("", text).strip(" ,\t"):
        raise Usage(f"“{text}” says no pods.", hint="Write a part of a name, app=shop, or Deployment/shop.")
    return lambda pod: (not namespace or pod.namespace == namespace) and all(fits(pod) for fits in terms)


def _term(term: str) -> Fits:
    if found := _SET.fullmatch(term):
        key, values = found[1], {one.strip() for one in found[3].split(",")}
        if found[2] == "in":
            return lambda pod: pod.labels.get(key) in values
        return lambda pod: pod.labels.get(key) not in values
    if found := _EQUAL.fullmatch(term):
        key, value = found[1], found[3]
        if found[2] == "!=":
            return lambda pod: pod.labels.get(key) != value
        return lambda pod: pod.labels.get(key) == value
    if term.startswith("!") and len(term) > 1:
        return lambda pod: term[1:] not in pod.labels
    if term.startswith("pod/"):
        return lambda pod: pod.name == term[4:]
    if "/" in term:
        return lambda pod: pod.owner == term
    return lambda pod: term.lower() in pod.name.lower()
