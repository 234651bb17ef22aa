"""What is done again, asked again or read without the effect that was meant."""

from alfred_tui.documents.lint.scripts import Scripts
from alfred_tui.documents.outline import Outline
from alfred_tui.domain.document.actions import Http


def retries(outline: Outline, _scripts: Scripts) -> None:
    """R1: a second performance of a change that is not known to be harmless."""
    for _, step in outline.all_steps():
        if step.retries and not step.may_repeat:
            text = (
                "the step changes the environment and is not said to be safe to repeat, and retries repeat it"
            )
            advice = "add idempotent: true if a repeat is harmless, or remove retries"
            outline.findings.warn("R1", outline.at(step, "retries"), text, advice)


def unseen_previews(outline: Outline, _scripts: Scripts) -> None:
    """R3: a preview is read above the word of `confirm`, and without that nowhere."""
    for _, step in outline.all_steps():
        if step.preview and not step.confirm:
            text = "nobody sees this preview: the step asks for no word before it starts"
            advice = "add confirm: WORD, or remove preview"
            outline.findings.warn("R3", outline.at(step, "preview"), text, advice)


def one_address(outline: Outline, _scripts: Scripts) -> None:
    """R2: `each` without `{service}` asks the same address again."""
    for _, step in outline.all_steps():
        action = step.action
        if isinstance(action, Http) and action.url and len(action.each) > 1 and "{service}" not in action.url:
            text = f"the same address is asked {len(action.each)} times: url has no {{service}}"
            outline.findings.warn(
                "R2", outline.at(action, "url"), text, "put {service} into url, or remove each"
            )
