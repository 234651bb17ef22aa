"""Why Prometheus gave no answer that can be used."""

from typing import Literal


class Trouble(Exception):
    """`state` is the sample's state it makes; the message names the server and what it did."""

    def __init__(
        self,
        state: Literal["unreachable", "error", "stale"],
        message: str,
        *,
        temporary: bool = False,
        refused: bool = False,
        code: int = 0,
    ) -> None:
        super().__init__(message)
        self.state = state
        self.message = message
        self.temporary = temporary
        """Whether a retry may help."""
        self.refused = refused
        """Whether the query itself is what Prometheus would not evaluate."""
        self.code = code
        """The HTTP status, where that tells more than the message."""
