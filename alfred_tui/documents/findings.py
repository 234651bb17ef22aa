"""Collects the problems of one document while it is read."""

from alfred_tui.documents.nodes import Node, Source
from alfred_tui.documents.problems import Invalid, Problem, Severity
from alfred_tui.documents.wording import printable

MOST = 200
"""Problems told of one document. A file that has more is broken in one place that repeats."""


class Findings:
    """Problems by place, each told once however often its place is read."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._found: dict[tuple[int, str], Problem] = {}
        self._errors = 0

    @property
    def failed(self) -> bool:
        """Whether an error was found."""
        return self._errors > 0

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
        if severity == "error":
            self._errors += 1
        if len(self._found) >= MOST:
            return
        line, column = self.source.position(index)
        self._found[index, message] = Problem(
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
        return Invalid(self.source.name, self.of("error"))

    def raise_errors(self) -> None:
        """Raises `Invalid` when an error was found."""
        if self.failed:
            raise self.invalid()
