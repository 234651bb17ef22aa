"""Pins images in a kustomize overlay: the file's own text is kept but for the values that change.

The format is kustomize's: `images:` is a list of `name`, `newName`, `newTag` and `digest`; where both tag and
digest are given, both are set. An entry is for an image when `name`, or `newName` if it has one,
is the image's repository.
"""

import difflib
import re
from collections.abc import Mapping, Sequence

import yaml

from alfred_tui.domain.errors import CockpitError
from alfred_tui.domain.rollback.pins import Pin

FILES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_PLAIN = re.compile(r"[0-9]+(\.[0-9]+){2,}[\w.-]*|[A-Za-z][\w.-]*")
_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})

_Edit = tuple[int, int, str]
"""From and to in the text, and what stands there instead."""


class OtherForm(CockpitError):
    """The overlay cannot be changed safely; the lines to add are for a person."""


def pinned(text: str, pins: Sequence[Pin]) -> str:
    """The overlay with the images pinned. Raises OtherForm."""
    root = _root(text)
    images = _value(root, "images")
    if images is None:
        if root.flow_style:
            raise OtherForm("It is written in one pair of braces, and has no images.")
        end = "" if not text or text.endswith("\n") else "\n"
        return text + end + "\n".join(lines_to_add(pins)) + "\n"
    if not isinstance(images, yaml.SequenceNode) or not images.value or images.flow_style:
        raise OtherForm("Its `images` is no list with an entry a line.")
    entries: dict[str, yaml.MappingNode] = {}
    for item in images.value:
        if not isinstance(item, yaml.MappingNode):
            raise OtherForm("An entry of its `images` is no mapping.")
        name = _value(item, "newName") or _value(item, "name")
        if isinstance(name, yaml.ScalarNode):
            entries[name.value] = item
    edits: list[_Edit] = []
    missing = [pin for pin in pins if pin.name not in entries]
    for pin in pins:
        if pin.name in entries:
            edits += _entry(text, entries[pin.name], pin)
    if missing:
        edits.append(_appended(text, images, missing))
    for start, end_, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end_:]
    return _checked(text, pins)


def lines_to_add(pins: Sequence[Pin]) -> tuple[str, ...]:
    """What an overlay needs, for one that cannot be changed here."""
    return ("images:", *(f"  - {_flow(pin)}" for pin in pins))


def diff(before: str, after: str, path: str) -> tuple[str, ...]:
    """Unified diff lines, empty when both are the same."""
    lines = difflib.unified_diff(
        before.splitlines(), after.splitlines(), f"a/{path}", f"b/{path}", n=1, lineterm=""
    )
    return tuple(lines)


def _root(text: str) -> yaml.MappingNode:
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise OtherForm(f"It is not one YAML document ({type(error).__name__}).") from error
    if not isinstance(root, yaml.MappingNode):
        raise OtherForm("It is no mapping.")
    return root


def _value(node: yaml.MappingNode, key: str) -> yaml.Node | None:
    return next((value for name, value in node.value if getattr(name, "value", None) == key), None)


def _entry(text: str, item: yaml.MappingNode, pin: Pin) -> list[_Edit]:
    """What changes in the entry of one image: the values of its tag and digest, and what is not there yet."""
    wanted = {"newTag": _scalar(pin.tag), "digest": pin.digest}
    edits: list[_Edit] = []
    add: list[str] = []
    for key, value in wanted.items():
        there = _value(item, key)
        if there is None:
            add += [f"{key}: {value}"] if value else []
        elif not isinstance(there, yaml.ScalarNode):
            raise OtherForm(f"The {key} of {pin.name} is no single value.")
        elif value:
            edits.append((there.start_mark.index, there.end_mark.index, value))
        else:
            raise OtherForm(f"The entry of {pin.name} has a {key}, and none is known of the version to pin.")
    if not add:
        return edits
    last = item.value[-1][1]
    end = last.end_mark.index
    if item.flow_style:
        return [*edits, (end, end, "".join(f", {one}" for one in add))]
    indent = " " * item.value[0][0].start_mark.column
    end = _line_end(text, end)
    return [*edits, (end, end, "".join(f"\n{indent}{one}" for one in add))]


def _appended(text: str, images: yaml.SequenceNode, pins: Sequence[Pin]) -> _Edit:
    last = images.value[-1]
    nodes = [last] if last.flow_style else [value for _, value in last.value]
    end = _line_end(text, max(node.end_mark.index for node in nodes))
    indent = " " * images.start_mark.column
    return end, end, "".join(f"\n{indent}- {_flow(pin)}" for pin in pins)


def _line_end(text: str, index: int) -> int:
    """The end of the line, what stands behind the value (a comment) included."""
    if index and text[index - 1] == "\n":  # a block's end is told at the next line
        index -= 1
    end = text.find("\n", index)
    return len(text) if end < 0 else end


def _flow(pin: Pin) -> str:
    tag = f", newTag: {_scalar(pin.tag)}" if pin.tag else ""
    digest = f", digest: {pin.digest}" if pin.digest else ""
    return f"{{name: {pin.name}{tag}{digest}}}"


def _scalar(tag: str) -> str:
    """A tag as YAML: in quotes where it could be read as a number or a truth (`1.10`)."""
    if not tag:
        return ""
    plain = _PLAIN.fullmatch(tag) and tag.lower() not in _WORDS
    return tag if plain else f'"{tag}"'


def _checked(text: str, pins: Sequence[Pin]) -> str:
    """The text, read again. Raises OtherForm when it does not say what is meant."""
    try:
        read = yaml.safe_load(text)
        entries = read["images"]
        told: dict[str, Mapping[str, object]] = {one.get("newName") or one["name"]: one for one in entries}
        good = all(
            (told[pin.name].get("newTag") or "", told[pin.name].get("digest") or "") == (pin.tag, pin.digest)
            for pin in pins
        )
    except (yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise OtherForm(f"It would not be read again ({type(error).__name__}).") from error
    if not good:
        raise OtherForm("What would be written does not say what is meant.")
    return text
