"""The errors that reach a person: one sentence for what happened, one for what to do next.

Nothing here renders itself; the front ends do.
"""


def one_after_another(first: str, then: str) -> str:
    """Two sentences as one text; either may be empty."""
    # What a server said and is quoted here often ends without a full stop.
    stop = "" if not then or first.endswith((".", "!", "?", ":")) else "."
    return f"{first}{stop} {then}".strip()


class CockpitError(Exception):
    """Something a person must know.

    `message` says what was being done, to what, and what happened. `hint` says what to do next, or is empty.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return one_after_another(self.message, self.hint)


class Usage(CockpitError):
    """The command line asks for what cannot be done (exit 2)."""


class Refused(CockpitError):
    """Another lead holds the run (exit 4)."""


class NotConfigured(CockpitError):
    """A step's tool or endpoint is not there: a person may attest instead, with a reason."""


class NotAnswered(CockpitError):
    """The question could not be answered (`error`, never `failed`). `temporary` says a retry may help."""

    def __init__(self, message: str, *, hint: str = "", temporary: bool = False) -> None:
        super().__init__(message, hint=hint)
        self.temporary = temporary


def in_words(error: BaseException) -> str:
    """What a person is told of it; where it was not meant for a person, its class, too."""
    return str(error) if isinstance(error, CockpitError) else f"{type(error).__name__}: {error}"
