"""Refusals in the form of Prometheus' HTTP API: a status, an errorType and a sentence."""


class QueryError(Exception):
    """A request that cannot be answered. `code` is the HTTP status that goes with the type."""

    def __init__(self, code: int, kind: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.kind = kind
        self.message = message

    def body(self) -> dict[str, str]:
        return {"status": "error", "errorType": self.kind, "error": self.message}


def bad_data(message: str) -> QueryError:
    return QueryError(400, "bad_data", message)


def bad_parameter(name: str, message: str) -> QueryError:
    return bad_data(f'invalid parameter "{name}": {message}')


def parse_error(position: int, message: str) -> QueryError:
    """`position` counts characters from 0; the message names the column from 1."""
    return bad_data(f"1:{position + 1}: parse error: {message}")


def unsupported(what: str) -> QueryError:
    """For PromQL that a real Prometheus would evaluate and this one does not."""
    return QueryError(
        422,
        "execution",
        f"the demo's Prometheus answers series selectors, numbers and a selector compared with a number,"
        f" not {what}; record it by a rule and ask for the recorded series",
    )
