"""Kubernetes quantities as numbers: `100m` of cpu, `1Gi` of memory.

Format: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
"""

import re
from decimal import Decimal

_SCALES = {
    "": Decimal(1),
    "n": Decimal("1e-9"), "u": Decimal("1e-6"), "m": Decimal("1e-3"),
    "k": Decimal("1e3"), "M": Decimal("1e6"), "G": Decimal("1e9"), "T": Decimal("1e12"), "P": Decimal("1e15"),
    "E": Decimal("1e18"),
    "Ki": Decimal(2**10), "Mi": Decimal(2**20), "Gi": Decimal(2**30), "Ti": Decimal(2**40),
    "Pi": Decimal(2**50), "Ei": Decimal(2**60),
}  # fmt: skip
_FORM = re.compile(r"([+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+))(?:[eE]([+-]?[0-9]+)|([A-Za-z]{0,2}))")


def parse_quantity(text: str | int | float) -> float:
    """The number. Raises ValueError for what is no quantity."""
    found = _FORM.fullmatch(str(text).strip())
    scale = _SCALES.get(found[3] or "") if found else None
    if found is None or scale is None:
        raise ValueError(f"'{text}' is not a quantity; write a number and a suffix, such as 100m or 1Gi")
    value = Decimal(found[1]) * scale
    # The exponent form is bounded: a quantity beyond 1e40 is nobody's cpu, and Decimal would work on it long.
    return float(value * Decimal(10) ** max(-40, min(40, int(found[2] or 0))))


_CACHE: dict[str | int | float, float] = {}


def number(text: str | int | float | None) -> float:
    """The number, 0 for nothing and for what is no quantity. For panels; clusters repeat few values."""
    if text is None:
        return 0.0
    known = _CACHE.get(text)
    if known is None:
        try:
            known = parse_quantity(text)
        except ValueError:
            known = 0.0
        if len(_CACHE) > 10_000:
            _CACHE.clear()
        _CACHE[text] = known
    return known


def millicores(text: str | int | float | None) -> float:
    """A cpu quantity in millicores."""
    return number(text) * 1000
