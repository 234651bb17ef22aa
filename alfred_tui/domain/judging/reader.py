"""Takes typed values out of decoded JSON and gathers every problem as a sentence with its place."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches
from math import inf, isfinite, isnan
from sys import float_info
from typing import Any, Final

from alfred_tui.domain.judging.statistics import LARGEST

_SHOWN = 40
_MANY = 5
"""Wrong entries of one list that are told one by one."""
MOST_POINTS = 1_000_000
"""Of a side; more cannot be compared in a time that anybody waits."""
_ABSENT: Final = object()
"""What a key that is not there holds; null is something else."""


class Repeating(dict[str, Any]):
    """A JSON object as it was written, with the keys of which it holds more than one."""

    def __init__(self, pairs: Sequence[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.repeated = sorted(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)


class Reader:
    """Where a value is wrong its problem is noted and a default stands in, so that reading goes on."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def problem(self, place: str, sentence: str) -> None:
        """Notes a problem."""
        self.problems.append(f"{place}: {sentence}" if place else sentence)

    def mapping(self, found: object, place: str, known: Collection[str]) -> Mapping[str, Any]:
        """An object with no other keys than these."""
        if not isinstance(found, dict):
            self._wrong(place, "an object", found)
            return {}
        for key in found.repeated if isinstance(found, Repeating) else ():
            self.problem(place, f"the key {_shown(key)} is given twice in one object")
        for key in found:
            if key not in known:
                near = get_close_matches(key, known, 1, 0.7) if len(key) <= _SHOWN else []
                meant = f", did you mean “{near[0]}”?" if near else ""
                self.problem(place, f"unknown key {_shown(key)}{meant}")
        return found

    def text(self, given: Mapping[str, object], key: str, place: str, default: str | None = None) -> str:
        """A text; without a default it must be there and not be empty."""
        found = given.get(key, _ABSENT if default is None else default)
        if isinstance(found, str) and (found or default is not None):
            if found.isascii() or not _SURROGATE.intersection(found):
                return found
            self.problem("", f"{_at(place, key)} holds half of a character (a lone surrogate)")
            return ""
        self._wrong(_at(place, key), "a text", found)
        return ""

    def flag(self, given: Mapping[str, object], key: str, place: str) -> bool:
        """true or false; false when left out."""
        found = given.get(key, False)
        if not isinstance(found, bool):
            self._wrong(_at(place, key), "true or false", found)
        return found is True

    def choice(
        self, given: Mapping[str, object], key: str, place: str, choices: Sequence[str], default: str
    ) -> Any:
        """One of the choices."""
        found = given.get(key, default)
        if found in choices:
            return found
        self._wrong(_at(place, key), " or ".join(f"“{one}”" for one in choices), found)
        return default

    def number(
        self,
        given: Mapping[str, Any],
        key: str,
        place: str,
        default: float | None = None,
        *,
        least: float = -LARGEST,
        most: float = LARGEST,
        above: float = -inf,
        below: float = inf,
    ) -> float:
        """A number from `least` to `most`, and strictly above and below the others; without a default it
        must be there."""
        found = given.get(key, _ABSENT if default is None else default)
        if _is_number(found) and least <= found <= most and above < found < below:
            return float(found)
        bounds = [
            f"{word} {bound:g}"
            for word, bound in (("from", least), ("to", most), ("above", above), ("below", below))
            if abs(bound) < LARGEST
        ]
        self._wrong(_at(place, key), " ".join(["a number", *bounds]), found)
        return 0.0 if default is None else default

    def numbers(
        self, given: Mapping[str, object], key: str, place: str, *, least: float = -float_info.max
    ) -> tuple[float | None, ...]:
        """A list of numbers and nulls. NaN, which JSON does not have but many programs write, is null."""
        found = given.get(key, _ABSENT)
        place = _at(place, key)
        if not isinstance(found, list):
            self._wrong(place, "a list of numbers, with null where there is none", found)
            return ()
        if len(found) > MOST_POINTS:
            self.problem("", f"{place} has {len(found)} points; at most {MOST_POINTS} can be judged")
            return ()
        wanted = "a number or null" if least < 0 else f"a number from {least:g} or null"
        numbers: list[float | None] = []
        wrong = 0
        for index, one in enumerate(found):
            if one is None or (isinstance(one, float) and isnan(one)):
                numbers.append(None)
            elif _is_point(one) and one >= least:
                numbers.append(float(one))
            else:
                wrong += 1
                if wrong <= _MANY:
                    self._wrong(f"{place}[{index}]", wanted, one)
        if wrong > _MANY:
            self.problem("", f"{place} has {wrong - _MANY} more entries that are not {wanted}")
        return tuple(numbers)

    def pair(self, given: Mapping[str, object], key: str, place: str, default: float) -> tuple[float, float]:
        """Two numbers, none of them negative."""
        found = given.get(key, [default, default])
        if isinstance(found, list) and len(found) == 2 and all(_is_number(one) and one >= 0 for one in found):
            return float(found[0]), float(found[1])
        shown = str(found[:4])[:_SHOWN] if isinstance(found, list) else _shown(found)
        self.problem(
            "",
            f"{_at(place, key)} must be two numbers from 0, for a decrease and for an increase, not {shown}",
        )
        return default, default

    def _wrong(self, place: str, wanted: str, found: object) -> None:
        subject = place or "the document"
        if found is _ABSENT:
            self.problems.append(f"{subject} is missing; it must be {wanted}")
        else:
            self.problems.append(f"{subject} must be {wanted}, not {_shown(found)}")


_SURROGATE = frozenset(map(chr, range(0xD800, 0xE000)))


def _at(place: str, key: str) -> str:
    return f"{place}.{key}" if place else key


def _is_point(found: Any) -> bool:
    """Whether it is a number that a double holds."""
    return isinstance(found, int | float) and not isinstance(found, bool) and abs(found) <= float_info.max


def _is_number(found: Any) -> bool:
    return isinstance(found, int | float) and not isinstance(found, bool) and -LARGEST <= found <= LARGEST


def _shown(found: object) -> str:
    match found:
        case str():
            return f"“{found}”" if len(found) <= _SHOWN else f"“{found[:_SHOWN]}…”"
        case None:
            return "null"
        case dict():
            return "an object"
        case list():
            return "a list"
        case bool():
            return "true" if found else "false"
        case float() if not isfinite(found):
            return "NaN" if isnan(found) else "Infinity" if found > 0 else "-Infinity"
        case int() if abs(found) > LARGEST:
            return "a number with more than 300 digits"
    return str(found)
