"""T4: angle brackets and slashes that mean something to a shell."""

import re
from collections.abc import Iterator

from alfred_tui.documents.lint.scripts import Script, Scripts
from alfred_tui.documents.outline import Outline
from alfred_tui.domain.document.shell_text import ShellText
from alfred_tui.domain.run.planning import PLACEHOLDER, is_placeholder

_HARMLESS = ("/dev/", "/tmp/", "/var/", "/run/", "/home/", "/proc/")  # noqa: S108 - prefixes, nothing is opened
_WRITES = frozenset({">", ">>", ">|", "&>", "&>>"})
_LOOKS_LIKE_ONE = re.compile(r"<([A-Za-z][A-Za-z0-9]*(?:[ ._-]+[A-Za-z0-9]+)*)>")


def undeclared(_outline: Outline, scripts: Scripts) -> None:
    """A placeholder that `ask:` does not explain, told once."""
    told: set[str] = set()
    for script in scripts:
        for match, inside in _matches(PLACEHOLDER, script):
            name = match[1]
            asked = script.outline.checklist.ask
            if name in asked or name in told or not is_placeholder(name, inside, script.text, asked):
                continue
            told.add(name)
            text = f"<{name}> is not under ask:, so the lead is asked for it without a word of explanation"
            if not inside:
                text += ", and a shell by itself would read it as a redirection"
            advice = f"add ask: {{{name}: {{prompt: ...}}}}"
            if inside == "quotes":
                advice += f"; what is meant as it stands is written in two parts: '<''{name}>'"
            script.warn("T4", match.start(), text, advice)


def not_asked(script: Script) -> None:
    """What looks like a placeholder and is not written as one, so that the shell gets it."""
    for match, inside in _matches(_LOOKS_LIKE_ONE, script):
        if inside or PLACEHOLDER.fullmatch(match[0]) or script.text[: match.start()].endswith("<"):
            continue
        text = f"the shell reads {match[0]} as a redirection: it is not written as a placeholder"
        slug = re.sub(r"[^a-z0-9]+", "-", match[1].lower()).strip("-")
        script.warn("T4", match.start(), text, f"write <{slug}> and add ask: {{{slug}: {{prompt: ...}}}}")


def in_quotes(script: Script) -> None:
    """A placeholder where its answer, which comes quoted as a word, is not read as one."""
    for match, inside in _matches(PLACEHOLDER, script):
        if inside and match[1] in script.outline.checklist.ask:
            text = f"<{match[1]}> stands inside {inside}, where its answer's quotes are not read as quotes"
            script.warn("T4", match.start(), text, "write it as a word of its own")


def _matches(pattern: re.Pattern[str], script: Script) -> Iterator[tuple[re.Match[str], str]]:
    """The matches in a script, each with what it stands inside (quotes, a comment, …), if anything."""
    read = ShellText()
    end = 0
    for match in pattern.finditer(script.text):
        read.literal(script.text[end : match.start()])
        yield match, read.inside
        read.verbatim(match[0])
        end = match.end()


def redirects(script: Script) -> None:
    """An output that goes to a file at the root of the machine: mostly the rest of a placeholder's text."""
    for command in script.commands():
        for redirect in command.redirects:
            if redirect.operator not in _WRITES or not redirect.target.startswith("/"):
                continue
            if redirect.target.startswith(_HARMLESS):
                continue
            text = f"the output is written to the file {redirect.target}"
            script.warn("T4", command, text, "quote the text if the > belongs to it")
