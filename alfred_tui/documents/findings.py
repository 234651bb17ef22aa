"""Collects the problems of one document while it is read."""

from collections.abc import Iterator

from alfred_tui.documents.nodes import Node, Source
from alfred_tui.documents.problems import Invalid, Problem, Severity
from alfred_tui.documents.wording import printable

MOST = 200
"""Errors told of one document one by one. A file that has more is broken in one place that repeats."""


class Findings:
    """Problems by place, each told once however often its place is read."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._found: dict[tuple[int, str], Problem] = {}
        self._untold: dict[tuple[int, str], None] = {}

    @property
    def failed(self) -> bool:
        """Whether an error was found."""
        return any(problem.severity == "error" for problem in self._found.values())

    def error(self, at: Node | int, message: str, suggestion: str = "") -> None:
        """Makes the document invalid."""
        self._add(at, message, suggestion, "error", "")

    def warn(self, code: str, at: Node | int, message: str, suggestion: str = "") -> None:
        """Something that is valid and will surprise."""
        self._add(at, message, suggestion, "warning", code)

    def _add(self, at: Node | int, message: str, suggestion: str, severity: Severity, code: str) -> None:
        index = at if isinstance(at, int) else at.start
        if (index, message) in self._found:
            return
        if severity == "error" and len(self._found) >= MOST:
            self._untold[index, message] = None
            return
        self._found[index, message] = self._problem(index, message, suggestion, severity, code)

    def _problem(self, index: int, message: str, suggestion: str, severity: Severity, code: str) -> Problem:
        line, column = self.source.position(index)
        return Problem(
            file=self.source.name,
            line=line,
            column=column,
            message=printable(message),
            suggestion=printable(suggestion),
            severity=severity,
            code=code,
        )

    def line(self, node: Node | int) -> int:
        """The line of a node, to name it in another's problem."""
        return self.source.position(node if isinstance(node, int) else node.start)[0]

    def of(self, severity: Severity) -> tuple[Problem, ...]:
        """The problems of one severity, in the order of the file."""
        some = [problem for problem in self._found.values() if problem.severity == severity]
        return tuple(sorted(some, key=lambda problem: (problem.line, problem.column)))

    def invalid(self) -> Invalid:
        """The error that tells all of them."""
        return Invalid(self.source.name, (*self.of("error"), *self._more()))

    def _more(self) -> Iterator[Problem]:
        """That there are more than are told, at the first of them."""
        if self._untold:
            count = len(self._untold)
            many = "1 more error is" if count == 1 else f"{count} more errors are"
            first, _ = next(iter(self._untold))
            yield self._problem(first, f"{many} not listed", "mend those above first", "error", "")

    def raise_errors(self) -> None:
        """Raises `Invalid` when an error was found."""
        if self.failed:
            raise self.invalid()
