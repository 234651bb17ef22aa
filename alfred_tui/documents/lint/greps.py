"""Filters whose exit status says something else than what is asked: headers, errors, labels, short logs."""

import re

from alfred_tui.documents.lint.clusters import is_kubectl
from alfred_tui.documents.lint.scripts import Script
from alfred_tui.documents.lint.shell import Command, Pipeline

_GREPS = frozenset({"grep", "egrep", "fgrep", "rg", "zgrep"})
_BAD_WORDS = re.compile(
    r"error|fail|exception|fatal|panic|traceback|warn|crash|denied|refused|oom|evict", re.I
)
_NO_HEADER = re.compile(r"name|json|yaml|jsonpath.*|jsonpath-file.*|go-template.*|template.*")


def _decides(script: Script, pipeline: Pipeline) -> Command | None:
    """The grep whose exit status decides about the step, if nothing else is said about it."""
    last = pipeline.last
    if pipeline.nested or last.condition or pipeline.joint in ("||", "&&") or last.name not in _GREPS:
        return None
    return last


def header(script: Script) -> None:
    """T2: the header of `kubectl get` is not among what `grep -v` takes away."""
    for pipeline in script.pipelines:
        grep = _decides(script, pipeline)
        if grep is None or not grep.has("-v", "--invert-match"):
            continue
        if _output_is_looked_at(script):
            continue
        source = pipeline.commands[0]
        if is_kubectl(source, "get") and _has_header(source):
            text = (
                "grep -v always lets kubectl get's header line through: this exits 0 whatever the rest says"
            )
            advice = "use pods: [service], which also sees pods that are Running and not ready"
            script.warn("T2", source, text, advice)
        elif not script.judged_by_output:
            text = "grep -v exits 0 when it finds what should not be there, and 1 when all is well"
            script.warn("S6", grep, text, "add expect: {no_output: true, exit: [1]}")


def _output_is_looked_at(script: Script) -> bool:
    expect = script.step.expect
    return expect is not None and bool(expect.match or expect.not_match or expect.number)


def _has_header(command: Command) -> bool:
    if command.has("--no-headers"):
        return False
    form = command.option("-o", "--output") or ""
    return not _NO_HEADER.fullmatch(form)


def errors(script: Script) -> None:
    """T3: a search for errors succeeds when it finds one."""
    if script.judged_by_output:
        return
    for pipeline in script.pipelines:
        grep = _decides(script, pipeline)
        if grep is None or grep.has("-v", "--invert-match", "-L"):
            continue
        if any(_BAD_WORDS.search(arg) for arg in grep.args if not arg.startswith("-")):
            text = (
                "grep exits 1 when it finds nothing: this step fails when all is well and passes on an error"
            )
            advice = "add expect: {no_output: true, exit: [1]}, or use logs: with must_not_match"
            script.warn("T3", grep, text, advice)


def tail(script: Script) -> None:
    """T3: with a selector `kubectl logs` reads ten lines a pod and follows five (cmd/logs of kubectl)."""
    for command in script.commands():
        if not is_kubectl(command, "logs") or not command.has("-l", "--selector"):
            continue
        if not command.has("--tail"):
            text = "kubectl logs with a selector reads only the last 10 lines of each pod"
            advice = "add --tail=-1 and --since, or use logs:, which reads all lines since the first change"
            script.warn("T3", command, text, advice)
        if command.has("-f", "--follow") and not command.has("--max-log-requests"):
            text = "kubectl logs follows at most 5 pods, and fails when there are more"
            script.warn("T3", command, text, "add --max-log-requests")


def labels(script: Script) -> None:
    """S6: `kubectl describe` prints a field's name also when the field is empty."""
    if script.judged_by_output:
        return
    for pipeline in script.pipelines:
        grep = _decides(script, pipeline)
        if grep is None or len(pipeline.commands) < 2 or grep.has("-v", "--invert-match"):
            continue
        if is_kubectl(pipeline.commands[0], "describe"):
            text = "describe prints a field's name also when it has no value: grep finds it and this passes"
            advice = "use endpoints: [service], or kubectl get -o jsonpath with expect: {match: ...}"
            script.warn("S6", grep, text, advice)
