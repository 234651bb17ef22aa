"""What is wrong with a document: where, in which words, and what to write instead.

A document is read to its end whatever is wrong with it, so that all its problems are told at once.
"""

from collections.abc import Iterable
from typing import Literal

import msgspec

from alfred_tui.domain.errors import Usage

Severity = Literal["error", "warning"]


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One sentence about one place of a file. `line` and `column` count from 1, in characters."""

    file: str
    line: int
    column: int
    message: str
    suggestion: str = ""
    severity: Severity = "error"
    code: str = ""
    """A lint rule's stable code, such as T1; empty for what makes the document invalid."""

    def __str__(self) -> str:
        kind = f"warning {self.code}: " if self.severity == "warning" else ""
        return f"{self.file}:{self.line}:{self.column}: {kind}{self.sentence}"

    @property
    def sentence(self) -> str:
        """The message with its suggestion."""
        if not self.suggestion:
            return self.message
        joint = ", " if self.suggestion.startswith("did you mean") else "; "
        return self.message + joint + self.suggestion


class Invalid(Usage):
    """A document that cannot be used. `problems` holds every error found, in the order of the file."""

    def __init__(self, file: str, problems: Iterable[Problem]) -> None:
        self.file = file
        self.problems = tuple(problems)
        count = len(self.problems)
        super().__init__(
            f"{file} cannot be used: {count} {'error' if count == 1 else 'errors'}.",
            hint=problems_as_text(self.problems),
        )

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}"


def problems_as_text(problems: Iterable[Problem]) -> str:
    """A line per problem: `FILE:LINE:COL: message`."""
    return "\n".join(str(problem) for problem in problems)
