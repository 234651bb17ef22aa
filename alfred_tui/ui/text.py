"""Text from outside, made safe to draw: what a terminal would obey or hide is shown as a sign instead."""

import re
import unicodedata
from typing import Literal

from rich.cells import cell_len, set_cell_size

_REPLACED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_INVISIBLE = frozenset({0x115F, 0x1160, 0x2800, 0x3164, 0xFFA0})
"""Letters by their category that show as nothing."""
_MARKS = r"[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
_STACK = re.compile(f"({_MARKS}{{2}}){_MARKS}+")
_LONE = re.compile(f"^(?={_MARKS})")


class _Signs(dict[int, int | str | None]):
    """For each character what is drawn in its place: found once, then looked up."""

    def __missing__(self, code: int) -> int | str | None:
        sign: int | str | None = code
        category = unicodedata.category(chr(code))
        if code < 0x20:
            sign = " " if code == 0x09 else 0x2400 + code  # ␛ for escape
        elif code == 0x7F:
            sign = 0x2421
        elif 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF:
            sign = None  # variation selectors: terminals disagree on the width they give
        elif 0x1F1E6 <= code <= 0x1F1FF:
            sign = code - 0x1F1E6 + 0x41  # the letters of a flag
        elif 0x1F3FB <= code <= 0x1F3FF or code in _INVISIBLE or category in _REPLACED:
            sign = 0xFFFD
        elif category == "Zs":
            sign = " "
        self[code] = sign
        return sign


_SIGNS = _Signs()


def clean(text: str) -> str:
    """The text on one line: control characters as their pictures, marks that hide or turn text as `�`.

    Bidirectional and zero-width marks could let one name pass for another; more than two combining marks
    on a letter would be drawn over the lines around it.
    """
    if text.isascii() and text.isprintable():
        return text
    safe = text.translate(_SIGNS)
    return safe if safe.isascii() else _LONE.sub("◌", _STACK.sub(r"\1", safe))


def safe_lines(text: str) -> list[str]:
    """The lines of a longer text, each made safe."""
    return [clean(line) for line in text.splitlines()]


def clean_lines(text: str) -> str:
    """A longer text made safe; its line ends stay."""
    return "\n".join(safe_lines(text))


def width_of(text: str) -> int:
    """How many cells the text takes."""
    return len(text) if text.isascii() else cell_len(text)


def cut(text: str, width: int) -> str:
    """At most `width` cells; an ellipsis tells that something was cut."""
    if width <= 0:
        return ""
    if width_of(text) <= width:
        return text
    if text.isascii():
        return text[: width - 1] + "…"
    return set_cell_size(text, width - 1).rstrip() + "…"


def fit(text: str, width: int, align: Literal["left", "right"] = "left") -> str:
    """Exactly `width` cells: padded, or cut with an ellipsis."""
    shown = cut(text, width)
    pad = " " * (max(0, width) - width_of(shown))
    return pad + shown if align == "right" else shown + pad


def window(text: str, start: int, width: int) -> str:
    """The cells from `start` on, at most `width` of them; a wide character cut in two leaves a space."""
    if text.isascii():
        return text[start : start + width]
    out: list[str] = []
    at = 0
    for char in text:
        size = cell_len(char)
        if at >= start and at + size <= start + width and (size or out):
            out.append(char)
        elif at < start < at + size:
            out.append(" " * (at + size - start))
        at += size
        if at >= start + width:
            break
    return "".join(out)


def chop(text: str, width: int) -> list[str]:
    """The text in pieces of at most `width` cells."""
    if text.isascii():
        return [text[at : at + width] for at in range(0, len(text), width)]
    pieces: list[str] = []
    start = used = 0
    for at, char in enumerate(text):
        size = cell_len(char)
        if used + size > width and at > start:
            pieces.append(text[start:at])
            start, used = at, 0
        used += size
    return [*pieces, text[start:]]


def cut_middle(text: str, width: int) -> str:
    """At most `width` cells: both ends stay, since names that begin alike differ at their ends."""
    if width_of(text) <= width or not text.isascii() or width < 8:
        return cut(text, width)
    tail = width // 3
    return f"{text[: width - tail - 1]}…{text[-tail:]}"


def short_image(image: str, name: str = "") -> str:
    """An image without its registry; only its tag or digest where its repository is called `name`.

    Where it has both, the tag says which version it is, and the digest's beginning which image.
    """
    last = image.rpartition("/")[2]
    repository, at, digest = last.partition("@sha256:")
    if at:
        last = f"{repository}@{digest[: 7 if ':' in repository else 12]}"
    rest = last.removeprefix(name)
    return rest[1:] if name and rest[:1] in (":", "@") else last


def bar(share: float, width: int) -> tuple[str, str]:
    """A bar of `width` cells for a share of 0 to 1, as its full and its empty part."""
    full = round(max(0.0, min(1.0, share)) * width)
    return "━" * full, "─" * (width - full)


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
