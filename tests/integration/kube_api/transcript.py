"""The recorded transcript of a real control plane, and what of an answer is by chance and folded away."""

import re
from dataclasses import dataclass
from pathlib import Path

RECORDINGS = Path(__file__).parent / "recordings"


@dataclass(frozen=True)
class Recorded:
    """One recorded command: its number, arguments, what it printed and its exit code."""

    number: int
    arguments: tuple[str, ...]
    lines: tuple[str, ...]
    code: int

    @property
    def name(self) -> str:
        return f"{self.number:02d} {' '.join(self.arguments)[:60]}"


def recorded_commands() -> list[Recorded]:
    """All recorded commands, in order."""
    text = (RECORDINGS / "transcript.txt").read_text()
    found: list[Recorded] = []
    for number, block in enumerate(re.split(r"(?m)^(?=\$ kubectl )", text)[1:], 1):
        command, *lines, end = block.rstrip("\n").split("\n")
        code = re.fullmatch(r"\[exit (\d+)\]", end)
        assert code is not None, f"block {number} of the transcript has no exit code"
        arguments = _arguments(command.removeprefix("$ kubectl "))
        found.append(Recorded(number, arguments, tuple(lines), int(code[1])))
    return found


def _arguments(text: str) -> tuple[str, ...]:
    # The transcript holds the arguments unquoted; none of them has a space.
    return tuple(text.split(" "))


_FOLDS = (
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "TIME"),
    (r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d \+0000", "TIME"),
    (r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "UID"),
    (r"\b(10|127)\.\d+\.\d+\.\d+\b", "IP"),
    (r"\bnode-\d\b", "NODE"),
    # A pod's name ends in its template's hash and five characters of its own.
    (r"-[bcdfghjklmnpqrstvwxz2456789]{6,10}-[bcdfghjklmnpqrstvwxz2456789]{5}\b", "-HASH-POD"),
    (r"-[bcdfghjklmnpqrstvwxz2456789]{6,10}(?=[\s\",]|$)", "-HASH"),
    (r"pod-template-hash([=:] ?)\"?[bcdfghjklmnpqrstvwxz2456789]+\"?", r"pod-template-hash\1HASH"),
    # kubectl's describe tells ages by the wall clock, and a fast simulation is ahead of it: `<invalid>`.
    # Minutes and thousandths of a core are written alike.
    (r"\b(\d+[dhm])?\d+s\b|\b\d+m\d+s\b|\b\d+m\b|<invalid>", "AGE-OR-CPU"),
    (r"\b\d+ \(AGE-OR-CPU ago\)", "N (AGE ago)"),
    (r"\b\d+Mi\b(?! )|\b\d+Mi(?= +\d+%| *$)", "MEMORY"),
    (r"\b\d+%(?=/|\s|$)", "PERCENT"),
    (r"\bid=\d+\b", "id=N"),
    (r'resourceVersion: "\d+"', "resourceVersion: N"),
    (r'"resourceVersion":"\d+"', '"resourceVersion":"N"'),
)


def folded(line: str) -> str:
    """A line without what differs from run to run: times, ages, addresses, random names, column widths."""
    for pattern, word in _FOLDS:
        line = re.sub(pattern, word, line)
    return re.sub(r"[ \t]+", " ", line).strip()
