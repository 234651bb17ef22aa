"""Commands that pass when they should fail, ask before they destroy, or never come back."""

import re
from itertools import pairwise

from alfred_tui.documents.lint.scripts import Script
from alfred_tui.documents.lint.shell import Command, Pipeline

_SWITCHES = re.compile(r"\+[a-z]*[eu][a-z]*")
_HARMLESS = frozenset({"echo", "cd", "printf", "sleep", "date", "set", ":", "true", "export", "done"})


def thrown_away(script: Script) -> None:
    """S1: `|| true`, `|| :`, `|| echo …` and a last `; true`."""
    outer = [pipeline for pipeline in script.pipelines if not pipeline.nested]
    for before, after in pairwise(outer):
        always = after.last.name in ("true", ":", "echo", "printf")
        if before.joint == "||" and always and not before.last.condition:
            text = f"{_shown(before.last)} may fail and the step passes: || {after.last.name} always succeeds"
            script.warn("S1", before.last, text, "say which exit statuses are good: expect: {exit: [0, 1]}")
    if len(outer) > 1 and outer[-1].last.name in ("true", ":") and outer[-2].joint in (";", "\n", "&"):
        text = "the last command always succeeds and says nothing about those before it"
        script.warn("S1", outer[-1].last, text, "remove it")


def _shown(command: Command) -> str:
    return " ".join((command.name, *command.verbs(2)))


def switched_off(script: Script) -> None:
    """S2: fail-fast switched off, or a shell of its own without it."""
    for command in script.commands():
        if command.name == "set" and any(_SWITCHES.fullmatch(arg) for arg in command.args[:1]):
            text = "from here on a command that fails does not fail the step"
            script.warn("S2", command, text, "remove it; for one command say expect: {exit: [...]}")
        elif command.name == "set" and command.args[:2] in (("+o", "pipefail"), ("+o", "errexit")):
            text = "from here on only the last command of a pipeline can fail it"
            script.warn("S2", command, text, "remove it")
        elif command.name in ("sh", "bash", "dash") and "-c" in command.args:
            inner = command.option("-c") or ""
            if re.search(r"(?<!\|)\|(?!\|)", inner) and not any("pipefail" in arg for arg in command.args):
                text = f"this {command.name} -c has no pipefail: only the last of its pipeline can fail it"
                script.warn("S2", command, text, "write it into the step itself, which is run with pipefail")


def curl(script: Script) -> None:
    """S3: curl exits 0 on an error page."""
    if script.judged_by_output:
        return
    for pipeline in script.pipelines:
        command = pipeline.last
        if pipeline.nested or command.name != "curl":
            continue
        if not command.has("-f", "--fail", "--fail-with-body", "--fail-early", "-w", "--write-out"):
            text = "curl exits 0 whatever the server answers, also for 404 and 500"
            script.warn("S3", command, text, "add --fail, or use http: {url: ...}")


def delete(script: Script) -> None:
    """S4: what is deleted is gone; a typed word is a last look."""
    if script.step.confirm or script.step.changes is False:
        return
    for command in script.commands():
        if command.name == "kubectl" and command.verbs(1) == ("delete",) and not command.option("--dry-run"):
            text = f"{_shown(command)} deletes as soon as the step is due"
            script.warn("S4", command, text, "add confirm: delete, which asks the lead to type it")


def shows_only(script: Script) -> None:
    """S5: `kubectl get` and the like exit 0 whatever they print."""
    if script.judged_by_output or script.step.sign is not None or script.step.capture:
        return
    outer = [one for one in script.pipelines if not one.nested and one.last.name not in _HARMLESS]
    if outer and all(_shows(pipeline) for pipeline in outer):
        text = f"{_shown(outer[0].last)} only shows something: the step passes whatever it shows"
        advice = "add expect: for what must be in it, or sign: for a person to judge it"
        script.warn("S5", outer[0].last, text, advice)


def _shows(pipeline: Pipeline) -> bool:
    command = pipeline.last
    if len(pipeline.commands) > 1 or command.condition:
        return False
    verbs = command.verbs(9)
    if command.name == "kubectl":
        if verbs[:1] in (("top",), ("version",), ("cluster-info",), ("events",)):
            return True
        names = len(verbs) > 2 or any("/" in verb for verb in verbs) or command.has("-f", "-k")
        return verbs[:1] in (("get",), ("describe",)) and not names
    if command.name in ("terraform", "tofu"):
        return verbs[:1] in (("output",), ("show",)) or verbs[:2] == ("state", "list")
    return False


def endless(script: Script) -> None:
    """S7: follows or watches until somebody stops it."""
    if script.step.timeout is not None:
        return
    for pipeline in script.pipelines:
        for command in pipeline.commands:
            if pipeline.joint != "&" and _follows(command):
                text = f"{_shown(command)} does not end by itself"
                script.warn("S7", command, text, "remove the flag, or give the step a timeout")


def _follows(command: Command) -> bool:
    if command.name == "watch":
        return True
    if command.name in ("tail", "journalctl"):
        return command.has("-f", "-F", "--follow")
    if command.name != "kubectl":
        return False
    if command.verbs(1) == ("logs",):
        return command.has("-f", "--follow")
    return command.verbs(1) in (("get",), ("events",)) and command.has("-w", "--watch", "--watch-only")


def background(script: Script) -> None:
    """S8: `&` without `wait`."""
    if any(command.name == "wait" for command in script.commands()):
        return
    for pipeline in script.pipelines:
        if pipeline.joint == "&" and not pipeline.nested:
            text = f"{_shown(pipeline.last)} goes on in the background, and the step does not see it fail"
            script.warn("S8", pipeline.last, text, "remove the &, or add wait")
            return
