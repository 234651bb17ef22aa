"""Reads a checklist's steps: in place of a field `action`, each has one key that is the action's own."""

from typing import Any

import msgspec

from alfred_tui.documents.nodes import MapNode, Node, TextNode
from alfred_tui.documents.reader import Reader
from alfred_tui.documents.shapes import fields_of
from alfred_tui.documents.templates import whole_reference
from alfred_tui.documents.variables import OutputUse
from alfred_tui.documents.wording import all_of, closest, either, quoted
from alfred_tui.domain.document.actions import BY_KEY, Action, Attest, Http
from alfred_tui.domain.document.checklist import Step

_OTHER_WORDS = {
    "name": "title",
    "description": "why",
    "reason": "why",
    "depends_on": "needs",
    "after": "needs",
    "requires_steps": "needs",
    "if": "when",
    "command": "run",
    "cmd": "run",
    "shell": "run",
    "script": "run",
    "bash": "run",
    "exec": "run",
    "manual": "attest",
    "check": "attest",
    "signoff": "attest",
    "sign_off": "attest",
    "approve": "attest",
    "environment": "env",
    "host": "on",
    "ssh": "on",
    "dir": "cwd",
    "workdir": "cwd",
    "working_directory": "cwd",
    "retry": "retries",
    "terraform": "terraform_plan",
    "rollout_status": "rollout",
    "outputs": "capture",
    "continue_on_error": "on_fail",
}
"""Words of other tools for what is called otherwise here."""


class ChecklistReader(Reader):
    """Reads a checklist, and notes which step refers to which output."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.users: list[tuple[Step, int, int]] = []
        """Each step read, with the slice of `uses` that stands in it."""

    def record(self, node: Node, cls: type[Any], label: str, given: Any = None) -> Any:
        """A struct; of a step also the action, and which outputs it refers to."""
        before = len(self.scope.outputs) if self.scope else 0
        made = super().record(node, cls, label, given)
        if isinstance(made, Step) and self.scope:
            self.users.append((made, before, len(self.scope.outputs)))
        return made

    def uses(self, first: int, last: int) -> list[OutputUse]:
        """References to outputs, in the order in which they were met."""
        return self.scope.outputs[first:last] if self.scope else []

    def _known_keys(self, cls: type[msgspec.Struct]) -> frozenset[str]:
        known = super()._known_keys(cls)
        return known | frozenset(BY_KEY) if cls is Step else known

    def _extra(self, node: Node, cls: type[msgspec.Struct], values: dict[str, Any], bad: set[str]) -> None:
        if cls is Http:
            url = node.get("url") if isinstance(node, MapNode) else None
            part = whole_reference(url.value) if isinstance(url, TextNode) else None
            values["variable"] = part.name if part and part.kind == "variable" else ""
        if cls is not Step:
            return
        found = [key for key, _ in node if key.value in BY_KEY] if isinstance(node, MapNode) else []
        if len(found) == 1 and isinstance(node, MapNode):
            key = found[0].value
            value = node.entries[key][1]
            values["action"] = self.record(value, BY_KEY[key], quoted(key))
            return
        values["action"] = Attest()
        bad.add("action")
        if found:
            names = all_of(quoted(key.value) for key in found)
            self.findings.error(
                found[1], f"a step has one action, and this has {names}", "make a step of each"
            )
        elif isinstance(node, MapNode):
            self._no_action(node)

    def _no_action(self, node: MapNode) -> None:
        unknown = [key.value for key, _ in node if key.value not in self._known_keys(Step)]
        if any(_OTHER_WORDS.get(name, closest(name, BY_KEY)) in BY_KEY for name in unknown):
            return  # the unknown key's own problem already names the action that was meant
        title = node.get("title")
        shown = f" {quoted(title.value)}" if isinstance(title, TextNode) else ""
        advice = "add run, attest, or another (docs/writing-a-checklist.md has all)"
        self.findings.error(node, f"the step{shown} has no action", advice)

    def _meant(self, name: str, cls: type[msgspec.Struct], label: str) -> str:
        if cls is Step:
            return self._meant_in_step(name) or super()._meant(name, cls, label)
        if issubclass(cls, Action) and name in fields_of(Step):
            return f"it belongs to the step, beside {cls.key}"
        return super()._meant(name, cls, label)

    def _meant_in_step(self, name: str) -> str:
        if name in _OTHER_WORDS:
            return f"did you mean {quoted(_OTHER_WORDS[name])}?"
        owners = [key for key, cls in BY_KEY.items() if name in fields_of(cls)]
        if owners:
            return f"it belongs inside {either(owners[:4])}"
        if closest(name, self._known_keys(Step)):
            return ""
        return "a step knows id, title, why, one action, needs, when, timeout, expect and more"
