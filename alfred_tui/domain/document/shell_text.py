"""Puts a value into a shell command so that the shell reads exactly that value, wherever it stands.

A word of its own is quoted as `shlex` does. Inside "double" or 'single' quotes, a comment or a
here-document other rules hold; the command is followed character by character to know which. The states
are those of POSIX shell's token recognition (XCU 2.2, 2.3 and 2.7.4), as far as quoting goes.
"""

import re
import shlex
from collections.abc import Sequence

_HEREDOC = re.compile(r"<<-?[ \t]*(?:'([^'\n]+)'|\"([^\"\n]+)\"|(\\?[\w.-]+))")
_SPECIAL = re.compile(r'([\\"$`])')
_SPECIAL_IN_DOCUMENT = re.compile(r"([\\$`])")

PLAIN, BACKTICK, DOUBLE, SINGLE, ANSI, COMMENT, DOCUMENT, RAW_DOCUMENT = range(8)

_INSIDE = {
    BACKTICK: "backticks",
    DOUBLE: "quotes",
    SINGLE: "quotes",
    ANSI: "quotes",
    COMMENT: "a comment",
    DOCUMENT: "a here-document",
    RAW_DOCUMENT: "a here-document",
}


class ShellText:
    """A command that is built from its author's text and from values."""

    def __init__(self) -> None:
        self._out: list[str] = []
        self._states = [PLAIN]
        self._parentheses = [0]
        self._documents: list[tuple[str, bool]] = []
        self._line = ""
        self._escaped = False

    def __str__(self) -> str:
        return "".join(self._out)

    @property
    def inside(self) -> str:
        """What the next character stands in, where a quoted word would not be read as one; else empty."""
        return "an escape" if self._escaped else _INSIDE.get(self._states[-1], "")

    def value(self, words: Sequence[str]) -> str:
        """Adds one value, or several as words. Returns why that cannot be done, or nothing."""
        if self._escaped:
            return "a \\ stands right before it"
        state, joined = self._states[-1], " ".join(words)
        if state in (DOCUMENT, RAW_DOCUMENT) and "\n" in joined:
            return "it stands in a here-document and its value has several lines"
        if state == BACKTICK and _SPECIAL_IN_DOCUMENT.search(joined):
            return (
                "it stands between backticks, which read \\, $ and ` in its value once more; use $(…) instead"
            )
        if state in (PLAIN, BACKTICK):
            safe = " ".join(shlex.quote(word) for word in words)
        elif state == DOUBLE:
            safe = _SPECIAL.sub(r"\\\1", joined)
        elif state == SINGLE:
            safe = joined.replace("'", "'\"'\"'")
        elif state == ANSI:
            safe = joined.replace("\\", "\\\\").replace("'", "\\'")
        elif state == COMMENT:
            safe = joined.replace("\n", " ")
        else:
            safe = _SPECIAL_IN_DOCUMENT.sub(r"\\\1", joined) if state == DOCUMENT else joined
        self._out.append(safe)
        self._line += "x"
        return ""

    def verbatim(self, text: str) -> None:
        """Adds a text that the shell's quoting is not followed through, as part of a word."""
        self._out.append(text)
        self._line += "x"
        self._escaped = False

    def literal(self, text: str) -> None:
        """Adds the author's own text."""
        self._out.append(text)
        at = 0
        while at < len(text):
            at += self._step(text, at)

    def _step(self, text: str, at: int) -> int:
        """Follows the character at `at`; returns how many were read."""
        char = text[at]
        if self._escaped:
            self._escaped = False
            self._line = "" if char == "\n" else self._line + "x"
            return 1
        if char == "\n":
            self._newline()
            return 1
        read = self._reads(self._states[-1], text, at)
        self._line += text[at : at + read]
        return read

    def _newline(self) -> None:
        state = self._states[-1]
        if state == COMMENT:
            self._states.pop()
            state = self._states[-1]
        if state in (DOCUMENT, RAW_DOCUMENT):
            if self._line.lstrip("\t") == self._documents[0][0]:
                self._documents.pop(0)
                self._states.pop()
                self._open_document()
        elif state == PLAIN:
            self._open_document()
        self._line = ""

    def _open_document(self) -> None:
        if self._documents:
            self._states.append(RAW_DOCUMENT if self._documents[0][1] else DOCUMENT)

    def _reads(self, state: int, text: str, at: int) -> int:
        char = text[at]
        if state in (COMMENT, RAW_DOCUMENT):
            return 1
        if state == SINGLE:
            if char == "'":
                self._states.pop()
            return 1
        if char == "\\":
            self._escaped = True
            return 1
        if state == ANSI:
            if char == "'":
                self._states.pop()
            return 1
        if char == "`":
            if state == BACKTICK:
                self._states.pop()
            else:
                self._states.append(BACKTICK)
            return 1
        if text.startswith("$(", at):
            self._states.append(PLAIN)
            self._parentheses.append(0)
            return 2
        if state == DOUBLE:
            if char == '"':
                self._states.pop()
            return 1
        return self._plain(text, at) if state in (PLAIN, BACKTICK) else 1

    def _plain(self, text: str, at: int) -> int:
        char = text[at]
        if char == '"':
            self._states.append(DOUBLE)
        elif char == "'":
            self._states.append(SINGLE)
        elif text.startswith("$'", at):
            self._states.append(ANSI)
            return 2
        elif char == "#" and (not self._line or self._line[-1] in " \t;&|("):
            self._states.append(COMMENT)
        elif char == "(":
            self._parentheses[-1] += 1
        elif char == ")":
            self._close_parenthesis()
        elif char == "<":
            return self._here(text, at)
        return 1

    def _here(self, text: str, at: int) -> int:
        if text.startswith("<<<", at):
            return 3
        match = _HEREDOC.match(text, at)
        if not match:
            return 1
        word = match[1] or match[2] or match[3].removeprefix("\\")
        self._documents.append((word, match[3] is None or match[3].startswith("\\")))
        return match.end() - at

    def _close_parenthesis(self) -> None:
        if self._parentheses[-1]:
            self._parentheses[-1] -= 1
        elif len(self._parentheses) > 1 and self._states[-1] == PLAIN:
            self._states.pop()
            self._parentheses.pop()
