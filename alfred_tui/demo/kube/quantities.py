"""Kubernetes' numbers with suffixes, durations and ages, written as the API server writes them."""

import re
from decimal import Decimal

_QUANTITY = re.compile(r"([+-]?[0-9.]+)(([KMGTPE]i)|([numkMGTPE])|([eE][+-]?[0-9]+))?")
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = {"": 0, "Ki": 1, "Mi": 2, "Gi": 3, "Ti": 4, "Pi": 5, "Ei": 6}


def parse_quantity(text: str | int | float) -> Decimal:
    """The value of a resource quantity such as "500m", "1Gi" or 2; ValueError when it is none."""
    match = _QUANTITY.fullmatch(str(text))
    if match is None:
        raise ValueError(
            "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
        )
    number, suffix = Decimal(match[1]), match[2] or ""
    if match[3]:
        return number * Decimal(1024 ** _BINARY[suffix])
    if match[5]:
        return number.scaleb(int(suffix[1:]))
    return number.scaleb(_DECIMAL[suffix])


def canonical_quantity(text: str | int | float) -> str:
    """The form the API server stores: no fraction, the largest suffix of its family that fits."""
    value = parse_quantity(text)
    match = _QUANTITY.fullmatch(str(text))
    if match is not None and match[3] and value == value.to_integral_value():
        return _binary(int(value))
    if match is not None and match[5]:
        return f"{match[1]}{match[2]}"
    return _decimal(value)


def _binary(value: int) -> str:
    for suffix, power in reversed(_BINARY.items()):
        if value and value % (1024**power) == 0:
            return f"{value // 1024**power}{suffix}"
    return str(value)


def _decimal(value: Decimal) -> str:
    for suffix, power in reversed(_DECIMAL.items()):
        scaled = value.scaleb(-power)
        if value and scaled == scaled.to_integral_value():
            return f"{int(scaled)}{suffix}"
    if not value:
        return "0"
    # Kubernetes keeps nothing finer than a billionth and rounds up.
    return f"{int(value.scaleb(9).to_integral_value(rounding='ROUND_CEILING'))}n"


def human_duration(seconds: float) -> str:
    """A span in at most two units, as kubectl shows ages: `119s`, `2m5s`, `3h`, `47h`, `2d1h`, `400d`."""
    whole = int(seconds)
    if whole < 0:
        return "<invalid>" if whole < -1 else "0s"
    minutes, hours, days = whole // 60, whole // 3600, whole // 86400
    if whole < 120:
        return f"{whole}s"
    if minutes < 10:
        return _two(minutes, "m", whole % 60, "s")
    if minutes < 180:
        return f"{minutes}m"
    if hours < 8:
        return _two(hours, "h", minutes % 60, "m")
    if hours < 48:
        return f"{hours}h"
    if hours < 192:
        return _two(days, "d", hours % 24, "h")
    if days < 730:
        return f"{days}d"
    if days < 2920:
        return _two(days // 365, "y", days % 365, "d")
    return f"{days // 365}y"


def _two(large: int, large_unit: str, small: int, small_unit: str) -> str:
    return f"{large}{large_unit}{small}{small_unit}" if small else f"{large}{large_unit}"
