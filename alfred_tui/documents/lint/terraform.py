"""T5: what is applied must be what was reviewed."""

from alfred_tui.documents.lint.scripts import Script

_PROGRAMS = frozenset({"terraform", "tofu", "terragrunt"})
_SIGNED = "use a terraform_plan step that a person signs, then terraform_apply: {plan: its-id}"


def apply(script: Script) -> None:
    """`terraform apply` without a plan file plans anew; `destroy` always does."""
    for command in script.commands():
        verb = command.verbs(1)
        planned = verb == ("apply",) and len(command.verbs(9)) > 1
        if command.name not in _PROGRAMS or verb not in (("apply",), ("destroy",)) or planned:
            continue
        text = "this plans anew and applies that, whatever was reviewed before"
        if not command.has("-auto-approve", "--auto-approve"):
            text += "; and it waits for a typed yes, which cannot come"
        script.warn("T5", command, text, _SIGNED)
