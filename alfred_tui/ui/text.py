"""Text from outside, made safe to draw: what a terminal would obey is shown as a sign instead."""

from rich.cells import cell_len, set_cell_size

_SIGNS = {code: 0x2400 + code for code in range(0x20)}
_SIGNS |= {0x7F: 0x2421, 0x09: 0x20}
# C1 controls, and the marks that turn the reading direction: a name could hide its end behind them.
_SIGNS |= dict.fromkeys((*range(0x80, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)), 0xFFFD)


def clean(text: str) -> str:
    """The text on one line, control characters as their pictures (`␛` for escape)."""
    return text if text.isascii() and text.isprintable() else text.translate(_SIGNS)


def fit(text: str, width: int, *, right: bool = False) -> str:
    """Exactly `width` cells: padded, or cut with an ellipsis."""
    if width <= 0:
        return ""
    if text.isascii():
        length = len(text)
        if length > width:
            return text[: width - 1] + "…"
        return text.rjust(width) if right else text.ljust(width)
    length = cell_len(text)
    if length > width:
        return set_cell_size(set_cell_size(text, width - 1).rstrip() + "…", width)
    return " " * (width - length) + text if right else text + " " * (width - length)


def bar(share: float, width: int) -> str:
    """A filled bar of `width` cells for a share of 0 to 1."""
    full = round(max(0.0, min(1.0, share)) * width)
    return "█" * full + "░" * (width - full)


def age(seconds: float) -> str:
    """As kubectl tells ages: 8s, 5m, 3h12m, 4d."""
    whole = max(0, int(seconds))
    if whole < 120:
        return f"{whole}s"
    if whole < 600:
        return f"{whole // 60}m{whole % 60}s" if whole % 60 else f"{whole // 60}m"
    if whole < 10800:
        return f"{whole // 60}m"
    if whole < 28800:
        minutes = whole % 3600 // 60
        return f"{whole // 3600}h{minutes}m" if minutes else f"{whole // 3600}h"
    if whole < 172800:
        return f"{whole // 3600}h"
    return f"{whole // 86400}d"


def cpu(millicores: float) -> str:
    """120m."""
    return f"{millicores:.0f}m"


def memory(size: float) -> str:
    """230Mi."""
    return f"{size / (1 << 20):.0f}Mi" if size < 10 * (1 << 30) else f"{size / (1 << 30):.1f}Gi"
