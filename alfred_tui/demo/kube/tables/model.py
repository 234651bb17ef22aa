"""What a printer is, and the pieces several printers share."""

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from alfred_tui.demo.kube.objects import Obj, epoch
from alfred_tui.demo.kube.quantities import human_duration
from alfred_tui.demo.kube.selectors import selector_text

NONE = "<none>"
UNSET = "<unset>"
UNKNOWN = "<unknown>"


class Column(msgspec.Struct, frozen=True):
    """A column's header; priority 1 shows with -o wide only."""

    name: str
    type: str = "string"
    priority: int = 0
    format: str = ""

    def definition(self) -> Obj:
        """The column in a Table object of meta.k8s.io/v1."""
        return {
            "name": self.name,
            "type": self.type,
            "format": self.format,
            "description": self.name,
            "priority": self.priority,
        }


class Printer(msgspec.Struct, frozen=True):
    """A kind's columns, and the cells of one object at a time given as epoch seconds."""

    columns: tuple[Column, ...]
    cells: Callable[[Obj, float], list[Any]]


def name_column() -> Column:
    return Column("Name", format="name")


def columns(text: str, wide: str = "") -> tuple[Column, ...]:
    """Columns by name, comma separated; the first is the object's name, those of `wide` have priority 1."""
    shown = [Column(name) for name in text.split(",")[1:]]
    hidden = [Column(name, priority=1) for name in wide.split(",") if name]
    return (name_column(), *shown, *hidden)


def since(stamp: Any, now: float) -> str:
    """How long ago a time was, as an age; `<unknown>` without one."""
    if not stamp:
        return UNKNOWN
    return human_duration(now - epoch(str(stamp)))


def age(obj: Obj, now: float) -> str:
    return since(obj["metadata"].get("creationTimestamp"), now)


def name(obj: Obj) -> str:
    return str(obj["metadata"]["name"])


def joined(parts: Iterable[Any], empty: str = "") -> str:
    return ",".join(str(part) for part in parts) or empty


def labels_text(labels: Obj | None) -> str:
    """`a=b,c=d`, or `<none>`."""
    return joined((f"{key}={value}" for key, value in sorted((labels or {}).items())), NONE)


def selector(value: Obj | None) -> str:
    """A label selector; `<none>` for an empty one."""
    return selector_text(value) or NONE


def containers(template: Obj | None) -> tuple[str, str]:
    """The names and the images of a pod template's containers."""
    found = ((template or {}).get("spec") or {}).get("containers") or []
    return joined(c.get("name", "") for c in found), joined(c.get("image", "") for c in found)
