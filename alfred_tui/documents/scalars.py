"""What a written scalar is, by the form that its field wants: a duration, a share, a number, a word."""

import re
import warnings

from alfred_tui.documents.limits import ID, Range
from alfred_tui.documents.shapes import Choice, Flag, Number, Words
from alfred_tui.documents.wording import did_you_mean, either, quoted
from alfred_tui.domain.duration import parse_duration

_INTEGER = re.compile(r"[+-]?(0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_LONG_UNITS = re.compile(r"(\d+(?:\.\d+)?) *(ms|milli|s|m|h|d|w)[a-z]*", re.IGNORECASE)
_LONGEST = 100 * 365 * 86400.0
"""Seconds; far beyond any wait, and far below what clocks and calendars can count."""
_BOOLEANS = {"true": True, "false": False}
_YES = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}

WANTS = {
    "integer": "a whole number",
    "number": "a number",
    "duration": "a duration such as 90s, 15m or 1h30m",
    "ratio": "a share such as 1% or 0.01",
    "regex": "a regular expression",
    "step": "the id of a step",
    "host": "the name of a host",
    "secret": "the name of a secret",
    "typed": "a word such as apply",
    "id": "an id such as deploy-canary",
}


class NotThat(Exception):
    """The text is not what the field wants. `message` goes on after the field's name."""

    def __init__(self, message: str, suggestion: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.suggestion = suggestion


def number(text: str, shape: Number, bounds: Range | None) -> float | int:
    """The number, in seconds for a duration and as a fraction for a ratio. Raises NotThat."""
    stripped = text.strip()
    value = _FORMS[shape.form](stripped)
    if bounds and not bounds.holds(value):
        percent = shape.form == "ratio" and 1 < value <= 100 and not stripped.endswith("%")
        advice = f"write {stripped}%" if percent else ""
        raise NotThat(f"must be {_told(bounds, shape)}; {quoted(stripped)} is not", advice)
    return value


def _told(bounds: Range, shape: Number) -> str:
    return "between 0% and 100%" if shape.form == "ratio" and not bounds.positive else str(bounds)


def _integer(text: str) -> int:
    if _INTEGER.fullmatch(text) and len(text) < 20:
        return int(text)
    digits = text.lstrip("0")
    advice = f"write {digits}" if digits != text and _INTEGER.fullmatch(digits or "x") else ""
    raise NotThat(f"wants {WANTS['integer']}; {quoted(text)} is not one", advice)


def _decimal(text: str) -> float:
    if _DECIMAL.fullmatch(text) and len(text) < 40:
        value = float(text)
        if abs(value) < 1e300:
            return value
    raise NotThat(f"wants {WANTS['number']}; {quoted(text)} is not one")


def _duration(text: str) -> float:
    try:
        seconds = parse_duration(text)
    except ValueError:
        pass
    else:
        if seconds <= _LONGEST:
            return seconds
        raise NotThat(f"is longer than a hundred years: {quoted(text)}")
    advice = ""
    long = _LONG_UNITS.fullmatch(text)
    if _DECIMAL.fullmatch(text):
        advice = f"write {text}s for seconds"
    elif long:
        unit = long[2].lower()
        advice = f"write {long[1]}{'ms' if unit.startswith('milli') else unit}"
    raise NotThat(f"wants {WANTS['duration']}; {quoted(text)} is not one", advice)


def _ratio(text: str) -> float:
    share = text.removesuffix("%").strip()
    if not _DECIMAL.fullmatch(share) or len(share) > 40:
        raise NotThat(f"wants {WANTS['ratio']}; {quoted(text)} is not one")
    return float(share) / 100 if text.endswith("%") else float(share)


_FORMS = {"integer": _integer, "number": _decimal, "duration": _duration, "ratio": _ratio}


def flag(text: str) -> bool:
    """True or false. Raises NotThat."""
    stripped = text.strip()
    if stripped in _BOOLEANS:
        return _BOOLEANS[stripped]
    meant = _YES.get(stripped.lower(), stripped.lower())
    advice = f"write {meant}" if meant in _BOOLEANS else ""
    raise NotThat(f"wants true or false; {quoted(stripped)} is neither", advice)


def choice(text: str, shape: Choice) -> str:
    """One of the words. Raises NotThat."""
    stripped = text.strip()
    if stripped in shape.words:
        return stripped
    wanted = either(shape.words)
    raise NotThat(f"wants {wanted}; {quoted(stripped)} is not known", did_you_mean(stripped, shape.words))


def words(text: str, shape: Words) -> str:
    """The text, when it has the form that the shape wants. Raises NotThat."""
    if shape.form == "regex":
        _compile(text)
    elif shape.form == "id" and not ID.fullmatch(text):
        if not text:
            raise NotThat("is empty", "write an id such as deploy-canary")
        slug = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
        advice = f"write {slug}" if ID.fullmatch(slug) else ""
        raise NotThat(f"wants small letters, digits and -; {quoted(text)} has others", advice)
    elif shape.form == "typed":
        _typed(text)
    return text


def _typed(text: str) -> None:
    """A word that can be typed as it is read: what is invisible in it can not."""
    if not text.strip():
        raise NotThat("is empty, and nobody would be asked", "write a word such as apply, or leave it out")
    if text != text.strip():
        raise NotThat(f"has a space at an end of {quoted(text)}, which nobody sees", f"write {text.strip()}")
    if not text.isprintable():
        raise NotThat(f"holds a character in {quoted(text)} that nobody can type")


def _compile(pattern: str) -> None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(pattern)
    except re.error as error:
        where = f" at character {error.pos + 1}" if error.pos is not None else ""
        raise NotThat(f"wants a regular expression; in {quoted(pattern)} {error.msg}{where}") from None
    except (RecursionError, OverflowError):
        raise NotThat("wants a regular expression that is less deep") from None


def wants(shape: object) -> str:
    """What a shape wants, in words that follow "wants"."""
    if isinstance(shape, Number):
        return WANTS[shape.form]
    if isinstance(shape, Words):
        return WANTS.get(shape.form, "a text")
    if isinstance(shape, Flag):
        return "true or false"
    return either(shape.words) if isinstance(shape, Choice) else "a value"
