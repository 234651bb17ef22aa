"""Durations as Go and Prometheus write them: `90s`, `15m`, `1h30m`, `500ms`."""

import re

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d|w)")


def parse_duration(text: str) -> float:
    """Seconds. Raises ValueError with a sentence when `text` is not a duration."""
    stripped = text.strip()
    if stripped == "0":
        return 0.0
    total, end = 0.0, 0
    for part in _PART.finditer(stripped):
        if part.start() != end:
            break
        total += float(part[1]) * _UNITS[part[2]]
        end = part.end()
    if not stripped or end != len(stripped):
        raise ValueError(f"'{text}' is not a duration; write a number and a unit, such as 90s, 15m or 1h30m")
    return total


def format_duration(seconds: float) -> str:
    """The shortest exact form in the same notation, rounded to milliseconds: `1h30m`, `90s` is `1m30s`."""
    if seconds < 0:
        return "-" + format_duration(-seconds)
    rest = round(seconds * 1000)
    if rest == 0:
        return "0s"
    out = []
    for unit, size in (("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)):
        count, rest = divmod(rest, size)
        if count:
            out.append(f"{count}{unit}")
    return "".join(out)


def format_elapsed(seconds: float) -> str:
    """A running clock: `0:08`, `12:05`, `1:02:03`."""
    whole = max(0, int(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, secs = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{secs:02}" if hours else f"{minutes}:{secs:02}"
