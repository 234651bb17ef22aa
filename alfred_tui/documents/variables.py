"""Fills `${…}` in at load: variables, the environment, and references to outputs that only the run knows."""

from collections.abc import Collection, Mapping, Sequence

import msgspec

from alfred_tui.documents.findings import Findings
from alfred_tui.documents.limits import NAME
from alfred_tui.documents.nodes import ListNode, MapNode, Node, TextNode
from alfred_tui.documents.templates import Part, has_references, parts_of, whole_reference
from alfred_tui.documents.wording import did_you_mean, known_names, quoted, what_is
from alfred_tui.domain.document.shell_text import ShellText
from alfred_tui.domain.plain import is_text

Value = str | tuple[str, ...]

MAX_TEXT = 500_000
"""Characters of a text after its references are filled in."""


class Site(msgspec.Struct, frozen=True):
    """Where a text stands, as far as that decides what it may refer to."""

    label: str
    shell: bool = False
    prose: bool = False
    runtime: bool = False


class OutputUse(msgspec.Struct, frozen=True):
    """A `${steps.ID.NAME}` that was met. `index` is its place in the file."""

    step: str
    name: str
    index: int


class Scope(msgspec.Struct):
    """The names that a text may refer to, and the references to outputs that were met."""

    findings: Findings
    environ: Mapping[str, str] = {}
    secrets: Collection[str] = ()
    values: dict[str, Value] = {}
    later: Sequence[str] = ()
    """The variable that is being read, and those declared after it: known, but not yet usable."""
    outputs: list[OutputUse] = []

    def text(self, node: TextNode, site: Site) -> str | None:
        """The text with its references filled in; None when one of them is wrong."""
        if not has_references(node.value):
            return node.value
        if site.runtime and "$${steps." in node.value:
            at = self.findings.source.locate(node, "$${steps.")
            self.findings.error(at, f'a literal "${{steps." cannot be written into {site.label}')
            return None
        return self._shell(node, site) if site.shell else self._plain(node, site)

    def listing(self, node: TextNode) -> tuple[str, ...] | None:
        """The list that a text refers to when it is one `${name}` of a list and nothing else."""
        part = whole_reference(node.value)
        value = self.values.get(part.name) if part and part.kind == "variable" else None
        return value if isinstance(value, tuple) else None

    def _plain(self, node: TextNode, site: Site) -> str | None:
        out: list[str] = []
        good = True
        for part in parts_of(node.value):
            value = self._value(node, part, site)
            if value is None:
                good = False
            elif isinstance(value, tuple):
                good = good and self._list_in_text(node, part, site)
                out.append(", ".join(value))
            else:
                out.append(value)
        return self._bounded(node, "".join(out)) if good else None

    def _shell(self, node: TextNode, site: Site) -> str | None:
        text = ShellText()
        good = True
        for part in parts_of(node.value):
            if part.kind == "literal":
                text.literal(part.text)
                continue
            value = self._value(node, part, site)
            if value is None:
                good = False
            elif part.kind == "output":
                good = good and self._output_in_shell(node, part, text)
            else:
                trouble = text.value(value if isinstance(value, tuple) else (value,))
                if trouble:
                    self._wrong(node, part, f"{_shown(part)} cannot be put in here: {trouble}", "")
                    good = False
        return self._bounded(node, str(text)) if good else None

    def _output_in_shell(self, node: TextNode, part: Part, text: ShellText) -> bool:
        if text.inside:
            advice = "write it as a word of its own; its value is quoted when it is filled in"
            self._wrong(node, part, f"{_shown(part)} stands inside {text.inside}", advice)
            return False
        text.verbatim(_shown(part))
        return True

    def _bounded(self, node: TextNode, text: str) -> str | None:
        if len(text) <= MAX_TEXT:
            return text
        self.findings.error(
            node, f"the text grows beyond {MAX_TEXT} characters when its references are filled in"
        )
        return None

    def _value(self, node: TextNode, part: Part, site: Site) -> Value | None:
        match part.kind:
            case "literal":
                return part.text
            case "variable":
                return self._variable(node, part, site)
            case "environment":
                return self._environment(node, part)
            case "output":
                return self._output(node, part, site)
            case "unclosed":
                self._wrong(node, part, '"${" is not closed by "}"', _literally(site))
            case _:
                self._wrong(
                    node, part, f"{_shown(part)} names nothing that can be filled in", _literally(site)
                )
        return None

    def _variable(self, node: TextNode, part: Part, site: Site) -> Value | None:
        name = part.name
        if name in self.secrets:
            self._secret(node, part)
        elif name in self.values:
            return self._safe(node, part, self.values[name])
        elif name in self.later[:1]:
            self._wrong(node, part, f"the variable {quoted(name)} refers to itself", "")
        elif name in self.later:
            self._wrong(node, part, f"the variable {quoted(name)} is declared after this one", "move it up")
        else:
            advice = did_you_mean(name, self.values)
            if not advice and name in self.environ:
                advice = f"for the environment variable write ${{env.{name}}}"
            if not advice and site.shell:
                advice = f"for the shell's own variable write ${name} or $${{{name}}}"
            self._wrong(
                node, part, f"unknown variable {quoted(name)}", advice or known_names(name, self.values)
            )
        return None

    def _environment(self, node: TextNode, part: Part) -> Value | None:
        name = part.name
        if name in self.secrets:
            self._secret(node, part)
        elif name not in self.environ:
            similar = [one for one in self.environ if one[:1] == name[:1]]
            advice = did_you_mean(name, similar) or "set it, or give the value by a variable"
            self._wrong(node, part, f"the environment variable {name} is not set", advice)
        elif not is_text(self.environ[name]):
            self._wrong(node, part, f"the environment variable {name} is not UTF-8", "set it to a text")
        else:
            return self._safe(node, part, self.environ[name])
        return None

    def _output(self, node: TextNode, part: Part, site: Site) -> Value | None:
        if not site.runtime:
            advice = "it can stand in the step's action, `env` and `cwd`"
            self._wrong(
                node, part, f"{_shown(part)} is known only in the run, too late for {site.label}", advice
            )
            return None
        self.outputs.append(OutputUse(part.step, part.name, self._place(node, part)))
        return _shown(part)

    def _safe(self, node: TextNode, part: Part, value: Value) -> Value | None:
        if any("${steps." in one for one in (value if isinstance(value, tuple) else (value,))):
            self._wrong(node, part, f"the value of {_shown(part)} holds a reference to a step's output", "")
            return None
        return value

    def _secret(self, node: TextNode, part: Part) -> None:
        text = f"{part.name} is a secret and is never written into a text"
        advice = f"give it to the step by `secrets: [{part.name}]`, or by `stdin: {part.name}`"
        self._wrong(node, part, text, advice)

    def _list_in_text(self, node: TextNode, part: Part, site: Site) -> bool:
        if site.prose:
            return True
        advice = "a list can stand alone where a list is wanted, or in a command"
        self._wrong(node, part, f"{quoted(part.name)} is a list and cannot be part of {site.label}", advice)
        return False

    def _place(self, node: TextNode, part: Part) -> int:
        return self.findings.source.locate(node, "${", part.nth)

    def _wrong(self, node: TextNode, part: Part, message: str, suggestion: str) -> None:
        self.findings.error(self._place(node, part), message, suggestion)


def _shown(part: Part) -> str:
    return f"${{{part.text}}}"


def _literally(site: Site) -> str:
    if site.shell:
        return 'for what the shell is to expand write "$${…}"'
    return 'write ${name}, ${env.NAME} or ${steps.ID.NAME}, and "$${" for a literal "${"'


def read_scope(
    root: MapNode, overrides: Mapping[str, str], environ: Mapping[str, str], findings: Findings
) -> Scope:
    """The scope of a checklist: its `vars` in order, each with the earlier ones filled in."""
    scope = Scope(findings, environ, secrets=_secret_names(root.get("secrets")))
    node = root.get("vars")
    if node is not None and not isinstance(node, MapNode):
        findings.error(
            node,
            f"vars wants names with values, not {what_is(node)}",
            "remove the key, or write names under it",
        )
    declared = node if isinstance(node, MapNode) else MapNode({}, root.start, root.start)
    for name in overrides:
        if name not in declared.entries:
            text = f"--var {name}: the checklist has no such variable"
            findings.error(declared, text, known_names(name, declared.entries))
    names = list(declared.entries)
    for position, (key, value) in enumerate(declared):
        if not NAME.fullmatch(key.value):
            text = f"{quoted(key.value)} cannot be a variable's name"
            findings.error(key, text, "use letters, digits, - and _, starting with a letter")
        if key.value in scope.secrets:
            findings.error(key, f"{quoted(key.value)} is a secret and a variable", "remove one of them")
        scope.later = names[position:]
        read = (
            _override(overrides[key.value], value) if key.value in overrides else _variable(scope, key, value)
        )
        scope.values[key.value] = "" if read is None else read
    scope.later = ()
    return scope


def _secret_names(node: Node | None) -> frozenset[str]:
    items = node.items if isinstance(node, ListNode) else ()
    return frozenset(item.value for item in items if isinstance(item, TextNode))


def _override(given: str, declared: Node) -> Value:
    if isinstance(declared, ListNode):
        return tuple(one.strip() for one in given.split(",") if one.strip())
    return given


def _variable(scope: Scope, key: TextNode, node: Node) -> Value | None:
    site = Site(f"the variable {quoted(key.value)}")
    if isinstance(node, MapNode) or (isinstance(node, TextNode) and node.is_null):
        advice = 'write "" for an empty text' if isinstance(node, TextNode) else "variables have no parts"
        scope.findings.error(node, f"{site.label} wants a text or a list, not {what_is(node)}", advice)
        return None
    if isinstance(node, TextNode):
        alias = scope.listing(node)
        return alias if alias is not None else _trimmed(scope.text(node, site))
    found: list[str] = []
    for item in node.items:
        if not isinstance(item, TextNode) or item.is_null:
            scope.findings.error(item, f"an item of {site.label} wants a text, not {what_is(item)}")
            continue
        spliced = scope.listing(item)
        if spliced is not None:
            found.extend(spliced)
        else:
            found.append(_trimmed(scope.text(item, site)) or "")
    return tuple(found)


def _trimmed(text: str | None) -> str | None:
    return None if text is None else text.removesuffix("\n")
