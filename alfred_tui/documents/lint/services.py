"""T12: the services that are rolled out and those that are checked should be the same."""

import re
from collections.abc import Iterator

from alfred_tui.documents.lint.clusters import is_kubectl
from alfred_tui.documents.lint.scripts import Script, Scripts
from alfred_tui.documents.outline import Outline
from alfred_tui.documents.wording import did_you_mean, quoted
from alfred_tui.domain.document.actions import PodSecurity, Rollout, Run
from alfred_tui.domain.document.checklist import Section

_NAME = re.compile(r"[a-z0-9][a-z0-9.-]*")
_POD_SECURITY_POLICY = re.compile(r"pod ?security ?polic(y|ies)\b|\bpsp\b", re.IGNORECASE)


def unchecked(outline: Outline, scripts: Scripts) -> None:
    """Services of a rollout that no section checks, and checked ones that are in no rollout."""
    rolled = _rolled_out(outline, scripts) or _declared(outline)
    checked = _checked(outline, set(rolled))
    if not rolled or not checked:
        return
    for name, index in rolled.items():
        if name not in checked:
            text = f"{quoted(name)} is deployed, and no section checks it"
            advice = "add a section with services: [...], or take it out"
            outline.findings.warn("T12", index, text, advice)
    for name, index in checked.items():
        if name not in rolled:
            text = f"{quoted(name)} is checked, and nothing deploys it"
            advice = did_you_mean(name, [one for one in rolled if one not in checked])
            outline.findings.warn("T12", index, text, advice or "roll it out, or say which service is meant")


def _rolled_out(outline: Outline, scripts: Scripts) -> dict[str, int]:
    """Services with the place that names them: rollout steps and `rollout status` commands."""
    found: dict[str, int] = {}
    for block, step in outline.all_steps():
        action = step.action
        if isinstance(action, Rollout) and not block.procedure:
            for field in ("deployments", "statefulsets", "daemonsets"):
                for position, name in enumerate(getattr(action, field)):
                    found.setdefault(name, outline.sites.item(action, field, position).start)
    for script in scripts:
        if not script.block.procedure:
            for name in _watched(script):
                found.setdefault(name, outline.at(script.step.action, "command").start)
    return found


def _declared(outline: Outline) -> dict[str, int]:
    """The list variable `services`, where no rollout names any."""
    value = outline.checklist.vars.get("services")
    place = outline.at(outline.checklist, "vars").start
    return dict.fromkeys(value, place) if isinstance(value, tuple) else {}


def _watched(script: Script) -> Iterator[str]:
    """The workloads of `kubectl rollout status` commands, a canary's own left out."""
    for command in script.commands():
        if is_kubectl(command, "rollout", "status"):
            for target in command.verbs(9)[2:]:
                name = target.rsplit("/", 1)[-1]
                if _NAME.fullmatch(name) and "canary" not in name:
                    yield name


def _checked(outline: Outline, rolled: set[str]) -> dict[str, int]:
    """Services with the place that checks them: `services:` of sections, else sections titled like one."""
    found: dict[str, int] = {}
    for phase in outline.checklist.phases:
        said = [section for section in phase.sections if section.services]
        for section in said:
            for position, name in enumerate(section.services):
                found.setdefault(name, outline.sites.item(section, "services", position).start)
        titled = [section for section in phase.sections if _slug(section) in rolled]
        if said or len(titled) < 2:
            continue
        for section in phase.sections:
            found.setdefault(_slug(section), outline.at(section, "title").start)
    return found


def _slug(section: Section) -> str:
    return re.sub(r"[^a-z0-9]+", "-", section.title.lower()).strip("-")


def removed_kinds(outline: Outline, _scripts: Scripts) -> None:
    """PodSecurityPolicy has not existed since Kubernetes 1.25."""
    for _, step in outline.all_steps():
        texts = [step.title, step.action.command] if isinstance(step.action, Run) else [step.title]
        if isinstance(step.action, PodSecurity) or not any(
            _POD_SECURITY_POLICY.search(text) for text in texts
        ):
            continue
        text = "PodSecurityPolicy was removed in Kubernetes 1.25: nothing is left to enforce or to look at"
        advice = "use pod_security: [service], for Pod Security admission"
        outline.findings.warn("T12", outline.at(step, "title"), text, advice)
