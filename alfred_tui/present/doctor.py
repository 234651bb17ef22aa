"""What an examination found, as lines for a person and as plain data for a program."""

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, cast

import msgspec

from alfred_tui.domain.cluster.needs import Need
from alfred_tui.domain.cluster.rights import Right, Rights
from alfred_tui.domain.plain import plain

Word = Literal["ok", "missing", "refused", "unknown", "not configured"]
"""`missing`: it was looked for and is not there, or does not answer. `refused`: it is there and does not let
us. `unknown`: it could not be found out. `not configured`: nobody has said where it is."""
Fact = str | int | float | bool | None | tuple[str, ...]

WIDTH = max(len(word) for word in ("not configured", "missing"))
_NAME = 26


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the table."""

    subject: str
    name: str
    word: Word
    said: str
    then: str = ""
    """What to do next."""
    needed: bool = True
    """Whether a run, or what was asked about, needs it: then anything but `ok` counts as missing."""
    facts: dict[str, Fact] = {}
    """What `said` tells, for a program."""

    @property
    def lacks(self) -> bool:
        """Whether something needed is not there."""
        return self.needed and self.word != "ok"


def lacking(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """What is needed and not there."""
    return tuple(one for one in findings if one.lacks)


def as_data(findings: Sequence[Finding], about: str) -> dict[str, object]:
    """The whole table for `--json`."""
    return {
        "about": about,
        "ok": not lacking(findings),
        "findings": [
            {
                "subject": one.subject,
                "name": one.name,
                "state": one.word,
                "needed": one.needed,
                "sentence": plain(one.said),
                "next": plain(one.then),
                **({"facts": one.facts} if one.facts else {}),
            }
            for one in findings
        ],
    }


class Line(msgspec.Struct, frozen=True):
    """A line of the table: its text, and the word it stands for; a heading has none."""

    text: str
    word: Word | None = None
    needed: bool = False


def lines(findings: Sequence[Finding], about: str, width: int = 0) -> Iterator[Line]:
    """The table, subject by subject. `width` cells wrap it; 0 leaves each finding on one line."""
    yield Line(plain(about))
    subject = ""
    for one in findings:
        if one.subject != subject:
            subject = one.subject
            yield Line("")
            yield Line(subject.upper())
        yield from _finding(one, width)
    yield Line("")
    yield from (Line(text) for text in _summary(findings))


def _finding(one: Finding, width: int) -> Iterator[Line]:
    name = " ".join(plain(one.name).split())
    head = f"  {one.word:<{WIDTH}}  {name:<{_NAME}}  "
    told = " ".join(plain(one.said).split())
    if one.then:
        told += f" → {' '.join(plain(one.then).split())}"
    if one.word != "ok" and not one.needed:
        told += " (Not needed.)"
    if not width:
        yield Line(head + told, one.word, one.needed)
        return
    hang = " " * (WIDTH + 6)
    first = f"{head}{told}"
    wrapped = textwrap.wrap(first, max(width, 40), subsequent_indent=hang, break_on_hyphens=False)
    # textwrap swallows the spaces in front of the first word.
    yield from (
        Line(text, one.word if not number else None, one.needed) for number, text in enumerate(wrapped)
    )


def _summary(findings: Sequence[Finding]) -> Iterator[str]:
    missing = lacking(findings)
    if not missing:
        yield "Nothing needed is missing."
        return
    names = ", ".join(f"{one.subject} {' '.join(plain(one.name).split())}" for one in missing[:5])
    more = f" and {len(missing) - 5} more" if len(missing) > 5 else ""
    yield f"{len(missing)} needed {'thing is' if len(missing) == 1 else 'things are'} missing: {names}{more}."


def role_finding(rights: Rights, needs: Sequence[Need], role: str) -> Finding:
    """Whether the account does for a role (`to watch`, `to lead`), in one line."""
    must = tuple(dict.fromkeys(one.right for one in needs if not one.optional))
    refused, open_ = rights.missing(must), [one for one in must if _word(rights, one) == "unknown"]
    if refused:
        word, said = "refused", f"This account lacks {len(refused)} of the {len(must)} rights that are needed"
        said += f" {role}: {rights.told(refused)}."
    elif open_:
        word, said = (
            "unknown",
            f"{len(open_)} of the {len(must)} rights needed {role} could not be asked for.",
        )
    else:
        word, said = "ok", f"This account has the {len(must)} rights that are needed {role}."
    return Finding(subject="rights", name=role, word=cast(Word, word), said=said)


def rights_findings(rights: Rights, needs: Sequence[Need]) -> tuple[Finding, ...]:
    """A line for each resource, and one more for those of its rights that are not given."""
    groups: dict[tuple[str, bool, Word, bool], list[Need]] = {}
    optional = {right: all(one.optional for one in needs if one.right == right) for right in _rights(needs)}
    for need in needs:
        right = need.right
        word = _word(rights, right)
        needed = not optional[right]
        # Rights that are given are told together, whether needed or not.
        key = (right.what, right.everywhere, word, needed or word == "ok")
        groups.setdefault(key, []).append(need)
    return tuple(
        _resource(rights, what, word, some, needed=needed) for (what, _, word, needed), some in groups.items()
    )


def _rights(needs: Iterable[Need]) -> tuple[Right, ...]:
    return tuple(dict.fromkeys(one.right for one in needs))


def _word(rights: Rights, right: Right) -> Word:
    if right in rights.allowed:
        return "ok"
    return "refused" if right in rights.refused else "unknown"


def _resource(rights: Rights, what: str, word: Word, needs: Sequence[Need], *, needed: bool) -> Finding:
    wanted = _rights(needs)
    told = rights.told(wanted)
    uses = tuple(dict.fromkeys(one.use for one in needs))
    if word == "ok":
        said, then = f"{told}: {_uses(uses)}.", ""
    elif word == "refused":
        said = f"This account may not {told}: {_uses(uses)}."
        then = "Ask for that right (docs/rbac has the whole roles), or use another context."
    else:
        said, then = f"Whether this account may {told} could not be asked: {_uses(uses)}.", rights.unknown
    return Finding(
        subject="rights",
        name=what,
        word=word,
        said=said,
        then=then,
        needed=needed,
        facts={
            "verbs": tuple(one.verb for one in wanted),
            "resource": what,
            "namespace": "" if wanted[0].everywhere else rights.namespace,
            "for": uses,
        },
    )


def _uses(uses: Sequence[str]) -> str:
    """What it is for; many steps are counted."""
    steps = [one.removeprefix("step ") for one in uses if one.startswith("step ")]
    rest = [one for one in uses if not one.startswith("step ")]
    if len(steps) > 3:
        rest.append(f"{len(steps)} steps ({', '.join(steps[:2])}, …)")
    elif steps:
        rest.append(f"step{'s' if len(steps) > 1 else ''} {', '.join(steps)}")
    return ", ".join(rest)
