"""Numbers, times and durations as Prometheus' HTTP API reads and writes them."""

import math
from datetime import UTC, datetime
from decimal import Decimal

from alfred_tui.demo.kube.objects import epoch
from alfred_tui.demo.promapi.lexer import seconds


def value_text(value: float) -> str:
    """A sample's value: the shortest decimal without an exponent, `NaN`, `+Inf` or `-Inf`."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    text = format(Decimal(repr(value)), "f")
    return text.removesuffix(".0")


def exponent_text(value: float) -> str:
    """An alert's value, as Go's 'e' format writes it: `1.2e-02`."""
    if not math.isfinite(value):
        return value_text(value)
    _, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    power = int(exponent) + len(digits) - 1 if value else 0
    mantissa = "".join(str(digit) for digit in digits)
    point = f".{mantissa[1:]}" if len(mantissa) > 1 else ""
    return f"{'-' if value < 0 else ''}{mantissa[0]}{point}e{'-' if power < 0 else '+'}{abs(power):02d}"


def timestamp_number(time: float) -> float | int:
    """Epoch seconds with milliseconds; a whole number without a point."""
    rounded = round(time, 3)
    return int(rounded) if rounded == int(rounded) else rounded


def rfc3339(time: float) -> str:
    """UTC with a fraction where there is one."""
    moment = datetime.fromtimestamp(round(time, 3), UTC)
    return moment.isoformat(timespec="milliseconds" if moment.microsecond else "seconds").replace(
        "+00:00", "Z"
    )


def parse_time(text: str) -> float | None:
    """Epoch seconds of a Unix time or an RFC 3339 time; None when it is neither."""
    try:
        found = float(text)
    except ValueError:
        try:
            return epoch(text) if "T" in text else None
        except ValueError:
            return None
    return found if math.isfinite(found) else None


def parse_span(text: str) -> float | None:
    """Seconds of a number or a duration such as `1m30s`; None when it is neither."""
    try:
        found = float(text)
    except ValueError:
        return seconds(text)
    return found if math.isfinite(found) else None
