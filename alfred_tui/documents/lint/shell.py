"""Reads a shell script as far as lint needs it: pipelines of simple commands, their words, what joins them.

Follows POSIX shell's token recognition (XCU 2.3) for quotes, comments, continuations, here-documents and
substitutions. Control structures are looked through: what stands in a loop or a branch is a command too.
What cannot be read is left out; lint warns of what it sees and never refuses.
"""

import re
from collections.abc import Iterator

import msgspec

from alfred_tui.domain.run.planning import PLACEHOLDER

_OPERATORS = ("&&", "||", ";;", "|&", ";", "|", "&", "(", ")", "\n")
_REDIRECT = re.compile(r"(\d*|&)(<<<|<<-|<<|>>|>\||>&|<&|<>|&>>|&>|<|>)")
_CONDITIONS = frozenset({"!", "if", "elif", "while", "until"})
_RESERVED = _CONDITIONS | {"{", "}", "then", "else", "fi", "do", "done", "for", "in", "case", "esac", "time"}
_WRAPPERS = frozenset({"sudo", "env", "command", "exec", "nohup", "nice", "stdbuf", "xargs", "timeout"})
_CLUSTER = re.compile(r"-[A-Za-z]{2,5}")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*\+?=")


class Word(msgspec.Struct, frozen=True):
    """A word. `text` is as written; `value` is without its quotes, as far as it can be known."""

    text: str
    value: str
    start: int


class Redirect(msgspec.Struct, frozen=True):
    """`> target`, with its operator."""

    operator: str
    target: str
    start: int


class Command(msgspec.Struct, frozen=True):
    """A simple command without its assignments, wrappers (sudo, timeout 5) and reserved words."""

    words: tuple[Word, ...]
    redirects: tuple[Redirect, ...]
    text: str
    start: int
    condition: bool = False
    """Its exit status is a question (`if`, `while`, `!`), not a result."""

    @property
    def name(self) -> str:
        """The program, without its folder."""
        return self.words[0].value.rsplit("/", 1)[-1] if self.words else ""

    @property
    def args(self) -> tuple[str, ...]:
        """The values of the words after the program."""
        return tuple(word.value for word in self.words[1:])

    def has(self, *flags: str) -> bool:
        """Whether one of the flags is given: `--tail`, `--tail=5`, `-l`, `-lapp=x`, or `-f` among `-sf`."""
        return any(_is_flag(arg, flag) for arg in self.args for flag in flags)

    def option(self, *flags: str) -> str | None:
        """The value of an option, written `--x v`, `--x=v`, `-x v` or `-xv`."""
        for position, arg in enumerate(self.args):
            for flag in flags:
                if arg == flag:
                    return self.args[position + 1] if position + 1 < len(self.args) else ""
                if arg.startswith(f"{flag}="):
                    return arg[len(flag) + 1 :]
                if len(flag) == 2 and arg.startswith(flag) and not arg.startswith("--"):
                    return arg[2:]
        return None

    def verbs(self, count: int = 2) -> tuple[str, ...]:
        """The first words that are no flags: `get pods` of `kubectl -n x get pods`."""
        found: list[str] = []
        skip = False
        for arg in self.args:
            if skip:
                skip = False
            elif arg.startswith("-"):
                skip = arg in (
                    "-n",
                    "--namespace",
                    "--context",
                    "--kubeconfig",
                    "-s",
                    "--server",
                    "--user",
                    "-chdir",
                )
            else:
                found.append(arg)
        return tuple(found[:count])


class Pipeline(msgspec.Struct, frozen=True):
    """Commands joined by `|`. `joint` is what follows: `&&`, `||`, `;`, `&`, a newline or nothing."""

    commands: tuple[Command, ...]
    joint: str
    nested: bool
    """Within `$(…)` or backticks: its output is used, and its exit status mostly not."""

    @property
    def last(self) -> Command:
        """The command whose exit status counts, unless an earlier one fails."""
        return self.commands[-1]


def _is_flag(arg: str, flag: str) -> bool:
    if arg == flag or arg.startswith(f"{flag}="):
        return True
    short = len(flag) == 2 and flag[0] == "-" and flag[1] != "-" and not arg.startswith("--")
    return short and (arg.startswith(flag) or bool(_CLUSTER.fullmatch(arg) and flag[1] in arg))


def parse(script: str) -> tuple[Pipeline, ...]:
    """The pipelines of a script in the order in which they stand, those of substitutions included."""
    return tuple(_pipelines(_masked(script), 0, nested=False))


_OPEN, _CLOSE = "\ue000", "\ue001"


def _masked(script: str) -> str:
    """The script with its placeholders as words: what they are when they have been filled in."""
    return PLACEHOLDER.sub(lambda match: f"{_OPEN}{match[1]}{_CLOSE}", script)


def _shown(text: str) -> str:
    return text.replace(_OPEN, "<").replace(_CLOSE, ">")


class _State(msgspec.Struct):
    nested: bool
    words: list[Word] = []
    redirects: list[Redirect] = []
    commands: list[Command] = []
    inner: list[tuple[str, int]] = []
    documents: list[str] = []
    begin: int = -1
    end: int = 0
    piped: bool = False


def _pipelines(script: str, offset: int, *, nested: bool, depth: int = 0) -> Iterator[Pipeline]:
    state = _State(nested)
    at = 0
    while at <= len(script):
        joint, at = _next(script, at, offset, state)
        if joint is None:
            continue
        if joint == "\n" and state.piped and not state.words:
            continue  # a pipeline goes on in the next line
        _end_command(script, state, offset)
        state.piped = joint in ("|", "|&")
        if state.piped:
            continue
        if state.commands:
            yield Pipeline(tuple(state.commands), "" if joint in ("(", ")") else joint, nested)
            state.commands = []
        for text, start in state.inner if depth < 5 else ():
            yield from _pipelines(text, start, nested=True, depth=depth + 1)
        state.inner = []


def _next(script: str, at: int, offset: int, state: _State) -> tuple[str | None, int]:
    """Reads one token. Returns the operator that ends a command, if it was one, and where to go on."""
    while script.startswith((" ", "\t", "\\\n"), at):
        at += 2 if script[at] == "\\" else 1
    if at >= len(script):
        return "", len(script) + 1
    if script[at] == "#":
        end = script.find("\n", at)
        return None, len(script) if end < 0 else end
    redirect = _REDIRECT.match(script, at)
    if redirect and not script.startswith(("<(", ">("), at):
        return None, _redirect(script, redirect, offset, state)
    for operator in _OPERATORS:
        if script.startswith(operator, at):
            end = at + len(operator)
            return operator, _skip_documents(script, end, state) if operator == "\n" else end
    word, end = _word(script, at, offset, state)
    if state.begin < 0:
        state.begin = at
    state.end = end
    state.words.append(word)
    return None, end


def _redirect(script: str, match: re.Match[str], offset: int, state: _State) -> int:
    start, at = match.start(), match.end()
    while script.startswith((" ", "\t"), at):
        at += 1
    word, end = _word(script, at, offset, state)
    if match[2] in ("<<", "<<-"):
        state.documents.append(word.value)
    elif word.text or match[2] not in (">&", "<&"):
        state.redirects.append(Redirect(match[2], word.value, offset + start))
    if state.begin < 0:
        state.begin = start
    state.end = max(end, at)
    return max(end, match.end())


def _skip_documents(script: str, at: int, state: _State) -> int:
    for word in state.documents:
        end = re.compile(rf"^\t*{re.escape(word)}$", re.MULTILINE).search(script, at)
        at = min(end.end() + 1, len(script)) if end else len(script)
    state.documents = []
    return at


def _word(script: str, at: int, offset: int, state: _State) -> tuple[Word, int]:
    start = at
    value: list[str] = []
    while at < len(script):
        char = script[at]
        if char in " \t\n;&|)" or (char in "<>" and not script.startswith(("<(", ">("), at)):
            break
        if char == "(" and at > start and script[at - 1] not in "$<>=":
            break
        piece, at = _piece(script, at, offset, state)
        value.append(piece)
    at = (
        max(at, start + 1)
        if start < len(script) and not value and script[start] not in " \t\n;&|)<>("
        else at
    )
    return Word(_shown(script[start:at]), _shown("".join(value)), offset + start), at


def _piece(script: str, at: int, offset: int, state: _State) -> tuple[str, int]:
    """One quoted stretch, substitution or character of a word: its value, and where it ends."""
    char = script[at]
    if char == "\\":
        return ("" if script[at + 1 : at + 2] == "\n" else script[at + 1 : at + 2]), at + 2
    if char == "'":
        end = script.find("'", at + 1)
        end = len(script) if end < 0 else end
        return script[at + 1 : end], end + 1
    if char == '"':
        return _double(script, at + 1, offset, state)
    if script.startswith(("$(", "<(", ">("), at):
        end = _closing(script, at + 2)
        if not script.startswith("$((", at):
            state.inner.append((script[at + 2 : end], offset + at + 2))
        return script[at : end + 1], end + 1
    if char == "`":
        end = script.find("`", at + 1)
        end = len(script) if end < 0 else end
        state.inner.append((script[at + 1 : end], offset + at + 1))
        return script[at : end + 1], end + 1
    if script.startswith("${", at):
        end = script.find("}", at)
        end = len(script) if end < 0 else end
        return script[at : end + 1], end + 1
    return char, at + 1


def _double(script: str, at: int, offset: int, state: _State) -> tuple[str, int]:
    value: list[str] = []
    while at < len(script) and script[at] != '"':
        if script[at] == "'" or (script[at] == "\\" and script[at + 1 : at + 2] not in '$`"\\\n'):
            piece, at = script[at], at + 1
        else:
            piece, at = _piece(script, at, offset, state)
        value.append(piece)
    return "".join(value), at + 1


def _closing(script: str, at: int) -> int:
    """Index of the parenthesis that closes the one before `at`."""
    depth = 1
    while at < len(script):
        char = script[at]
        if char == "\\":
            at += 1
        elif char == "'":
            at = script.find("'", at + 1)
            if at < 0:
                return len(script)
        elif char == "(":
            depth += 1
        elif char == ")":
            depth -= 1
            if depth == 0:
                return at
        at += 1
    return len(script)


def _end_command(script: str, state: _State, offset: int) -> None:
    words, condition = _bare(state.words)
    if words or state.redirects:
        text = _shown(script[state.begin : state.end])
        command = Command(tuple(words), tuple(state.redirects), text, offset + state.begin, condition)
        state.commands.append(command)
    state.words = []
    state.redirects = []
    state.begin = -1


def _bare(words: list[Word]) -> tuple[list[Word], bool]:
    """Without assignments, reserved words and programs that only start another; and whether it is asked."""
    rest = list(words)
    condition = False
    if rest and rest[0].text in ("for", "case"):
        return [], False
    while rest:
        first = rest[0]
        if first.text in _RESERVED or _ASSIGNMENT.match(first.text):
            condition = condition or first.text in _CONDITIONS
            rest.pop(0)
        elif first.value in _WRAPPERS and len(rest) > 1:
            rest.pop(0)
            while rest and (rest[0].text.startswith("-") or rest[0].text[:1].isdigit()):
                rest.pop(0)
        else:
            break
    return rest, condition
