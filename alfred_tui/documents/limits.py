"""What the types cannot say: the range of a number, and what the keys of a mapping look like."""

import re

import msgspec


class Range(msgspec.Struct, frozen=True):
    """Bounds of a number, both included unless `positive`."""

    low: float | None = None
    high: float | None = None
    positive: bool = False
    """Above zero."""

    def holds(self, value: float) -> bool:
        """Whether the value lies within."""
        if self.positive and value <= 0:
            return False
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)

    def __str__(self) -> str:
        if self.positive:
            return "more than 0" if self.high is None else f"more than 0 and at most {self.high:g}"
        if self.high is None:
            return f"{self.low:g} or more"
        if self.low == self.high:
            return f"{self.low:g}"
        return f"between {self.low:g} and {self.high:g}"


class Keys(msgspec.Struct, frozen=True):
    """The form of a mapping's keys."""

    pattern: re.Pattern[str]
    words: str


NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
ID = re.compile(r"[a-z0-9][a-z0-9-]*")
ENV_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

PLACEHOLDER_NAME = re.compile(r"[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*")
"""What `domain.run.planning.PLACEHOLDER` takes between its brackets."""

_VARIABLES = Keys(NAME, "letters, digits, - and _, such as image-tag")
_ENVIRONMENT = Keys(ENV_NAME, "the name of an environment variable, such as LOG_LEVEL")
_PLACEHOLDERS = Keys(PLACEHOLDER_NAME, "small letters, digits and -, as between < and >, such as service-url")

KEYS: dict[tuple[str, str], Keys] = {
    ("Checklist", "vars"): _VARIABLES,
    ("Checklist", "hosts"): Keys(NAME, "letters, digits, - and _, such as db"),
    ("Checklist", "ask"): _PLACEHOLDERS,
    ("Step", "env"): _ENVIRONMENT,
    ("Step", "capture"): Keys(NAME, "letters, digits, - and _, such as backup"),
}

_POSITIVE = Range(positive=True)
_FROM_0 = Range(0)
_FROM_1 = Range(1)
_SHARE = Range(0, 1)

RANGES: dict[tuple[str, str], Range] = {
    ("Checklist", "version"): Range(1, 1),
    ("Step", "timeout"): _POSITIVE,
    ("Step", "retries"): Range(0, 100),
    ("Expect", "exit"): Range(0, 255),
    ("TriggerRule", "sustained"): _FROM_0,
    ("TriggerRule", "interval"): _POSITIVE,
    ("Host", "port"): Range(1, 65535),
    ("Limits", "steps"): Range(1, 256),
    ("Limits", "output_mib"): Range(1, 1 << 20),
    ("Attest", "people"): Range(1, 20),
    ("Coverage", "minimum"): _SHARE,
    ("Approvals", "minimum"): _FROM_1,
    ("Vulnerabilities", "allow"): _FROM_0,
    ("Pods", "max_new_restarts"): _FROM_0,
    ("Rollout", "timeout"): _POSITIVE,
    ("Logs", "since"): _POSITIVE,
    ("Usage", "maximum"): Range(0, 1, positive=True),
    ("Http", "status"): Range(100, 599),
    ("Canary", "bake"): _POSITIVE,
    ("Canary", "interval"): _POSITIVE,
    ("Canary", "min_points"): _FROM_1,
    ("Canary", "min_requests"): _FROM_0,
    ("Canary", "pass_from"): Range(0, 100),
    ("Canary", "marginal_from"): Range(0, 100),
    ("CanaryMetric", "limit_for"): _FROM_0,
    ("CanaryMetric", "weight"): Range(0, 100),
    ("CanaryMetric", "allowed"): _POSITIVE,
    ("Promote", "timeout"): _POSITIVE,
    ("Scale", "replicas"): _FROM_0,
    ("Scale", "timeout"): _POSITIVE,
}
"""By type and field; of a list or mapping, the range of its items."""
