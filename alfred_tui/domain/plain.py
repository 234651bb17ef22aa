"""Text from outside as text: escape sequences and control characters in it have no effect on a screen."""

import re

_ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor, modes
    r"|(?:\x1b\]|\x9d)[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)?"  # OSC: titles, links, clipboard
    r"|(?:\x1b[PX^_]|[\x90\x98\x9e\x9f])[^\x1b\x9c\n]*(?:\x1b\\|\x9c)?"  # DCS, SOS, PM, APC
    r"|\x1b[ -/]*[0-~]"
)
"""ECMA-48 5.4, 5.6 and 8.3; unterminated strings end with the line."""

_CONTROLS = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""C0 without tab and newline, C1, the marks that reorder text, and halves of surrogate pairs."""


_HALVES = re.compile(r"[\ud800-\udfff]")


def is_text(given: str) -> bool:
    """Whether it can be written as UTF-8. A word of the command line or the environment need not be text:
    Python makes halves of surrogate pairs of the bytes that are none."""
    return given.isascii() or not _HALVES.search(given)


def as_text(given: str) -> str:
    """`given` with U+FFFD for what is no text."""
    return _HALVES.sub("\N{REPLACEMENT CHARACTER}", given)


def without_escapes(text: str) -> str:
    """`text` without escape sequences, and otherwise as it is."""
    return _ESCAPES.sub("", text) if "\x1b" in text or not text.isascii() else text


def plain(text: str) -> str:
    """`text` as it can be shown: no escape sequences, tabs as spaces, other control characters visible.

    Lines stay lines. C0 characters become Unicode's control pictures (␀ … ␡), others `<U+202E>`.
    """
    if text.replace("\n", "").isprintable():
        return text
    text = without_escapes(text)
    if "\t" in text:
        text = text.expandtabs(8)
    return _CONTROLS.sub(_visible, text)


def _visible(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code < 0x20:
        return chr(0x2400 + code)
    return "␡" if code == 0x7F else f"<U+{code:04X}>"
