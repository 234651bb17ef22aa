"""When a log line looks like an error: one rule, so that the log scan and the screen count alike."""

import re

from alfred_tui.domain.document.actions import Logs
from alfred_tui.domain.document.checklist import Checklist

USUAL_ERROR = r"(?i)\b(error|exception|traceback|fatal|panic)\b"
"""For a checklist that scans no logs."""

_SHORTEST = 3
_WORD = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 _-:/=<>'\"")
_FLAGS = re.compile(r"\(\?[aiLmsux-]+[:)]")
_CODE = re.compile(r"\\[x0-9]")
"""A character told by its number, or a group again: what follows is not text."""


class LogRule:
    """What no line should match: `bad`, except where it matches `ignore`."""

    def __init__(self, bad: str, ignore: str = "") -> None:
        self._bad = re.compile(bad.encode()) if bad else None
        self._ignore = re.compile(ignore.encode()) if ignore else None
        self._words = words_of(bad)

    def __call__(self, line: bytes) -> bool:
        """Whether a line looks like an error."""
        if self._bad is None:
            return False
        if self._words:
            # Most lines have none of the words, and to see that is many times faster than the pattern.
            text = line.lower()
            if not any(word in text for word in self._words):
                return False
        if not self._bad.search(line):
            return False
        return self._ignore is None or not self._ignore.search(line)


def words_of(pattern: str) -> tuple[bytes, ...]:
    """Words in small letters of which every match has at least one; none where that cannot be told."""
    pattern = pattern.removeprefix("(?i)")
    if _FLAGS.search(pattern) or _CODE.search(pattern):
        return ()
    found = [max(_runs(branch), key=len, default="") for branch in _branches(pattern)]
    if any(len(word) < _SHORTEST for word in found):
        return ()
    return tuple(word.lower().encode() for word in found)


def _branches(pattern: str) -> list[list[str]]:
    """The alternatives, each as the parts that stand outside of groups; a group or a class is one part."""
    branches: list[list[str]] = [[]]
    depth, at = 0, 0
    while at < len(pattern):
        part = pattern[at : at + 2] if pattern[at] == "\\" else pattern[at]
        if part == "[":
            end = pattern.find("]", at + (3 if pattern[at + 1 : at + 2] == "^" else 2))
            while end > 0 and pattern[:end].endswith("\\") and not pattern[:end].endswith("\\\\"):
                end = pattern.find("]", end + 1)
            part = pattern[at : end + 1] if end > 0 else pattern[at:]
        at += len(part)
        depth -= part == ")"
        if depth == 0 and part == "|":
            branches.append([])
        elif depth == 0:
            branches[-1].append(part)
        depth += part == "("
    return branches


def _runs(parts: list[str]) -> list[str]:
    """The texts that stand in every match of one alternative."""
    runs = [""]
    counting = False
    for part in parts:
        counting = (counting or part == "{") and part != "}"
        if part in _WORD and not counting:
            runs[-1] += part
            continue
        if part in ("?", "*", "{"):
            runs[-1] = runs[-1][:-1]  # what is repeated may be missing
        runs.append("")
    return runs


def error_rule(checklist: Checklist) -> LogRule:
    """The rule of the checklist's first scan for lines that must not be there."""
    for step in checklist.steps():
        action = step.action
        if isinstance(action, Logs) and action.must_not_match:
            try:
                return LogRule(action.must_not_match, action.ignore)
            except re.error:
                continue  # a variable that has no value yet stands in it
    return LogRule(USUAL_ERROR)
