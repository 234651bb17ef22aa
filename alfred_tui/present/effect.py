"""What a step does, exactly, in words or as its command: shown before it runs, and by a dry run."""

import shlex
from collections.abc import Mapping
from contextlib import suppress

from alfred_tui.domain.document import actions as a
from alfred_tui.domain.document.checklist import Expect, Host, NumberExpectation, Step
from alfred_tui.domain.duration import format_duration
from alfred_tui.domain.errors import NotConfigured
from alfred_tui.domain.rollback.point import RollbackPoint
from alfred_tui.domain.run.resolve import resolve
from alfred_tui.domain.run.state import RunState

_SSH_PORT = 22


def effect(step: Step, state: RunState | None = None, hosts: Mapping[str, Host] | None = None) -> str:
    """The command as it will run, and where, or the check in a sentence. What is unknown stays as written.

    The hosts are those of the run's checklist, or without a run `hosts`.
    """
    if state is not None:
        hosts = state.checklist.hosts
        with suppress(NotConfigured):
            step = resolve(step, state)
    text = _action(step.action, state.point if state else None)
    extra = [f"on {step.on}{_address((hosts or {}).get(step.on))}"] if step.on else []
    if step.cwd:
        extra.append(f"in {step.cwd}")
    if step.env:
        extra.append("with " + " ".join(f"{name}={shlex.quote(value)}" for name, value in step.env.items()))
    if step.secrets:
        extra.append(f"with {', '.join(step.secrets)} in its environment")
    if step.stdin:
        extra.append(f"with {step.stdin} on its standard input")
    if step.expect:
        extra.append(f"expects {expectation(step.expect)}")
    return text + (f"\n# {'; '.join(extra)}" if extra else "")


def _address(host: Host | None) -> str:
    """` (user@address:port, through jump)`, as far as the checklist says it."""
    if host is None:
        return ""
    user = f"{host.user}@" if host.user else ""
    port = f":{host.port}" if host.port != _SSH_PORT else ""
    return f" ({user}{host.host}{port}{f', through {host.jump}' if host.jump else ''})"


def expectation(expect: Expect) -> str:
    """What makes the command good, in words."""
    told = [f"exit {' or '.join(map(str, expect.exit))}"]
    if expect.match:
        told.append(f"a match of /{expect.match}/")
    if expect.not_match:
        told.append(f"no match of /{expect.not_match}/")
    if expect.no_output:
        told.append("no output")
    if expect.number:
        told.append(f"a number {_bounds(expect.number)} (/{expect.number.find}/)")
    return ", ".join(told)


def _bounds(number: NumberExpectation) -> str:
    bounds = (
        ("above", number.above), ("below", number.below),
        ("of at least", number.at_least), ("of at most", number.at_most),
    )  # fmt: skip
    return " and ".join(f"{words} {bound:g}" for words, bound in bounds if bound is not None)


def _action(action: a.AnyAction, point: RollbackPoint | None) -> str:
    match action:
        case a.Attest(people=people):
            return f"{people} people sign that it is so" if people > 1 else "A person signs that it is so"
        case a.Run(command=command):
            return command.strip()
        case a.TerraformPlan(dir=folder, out=out, target=target):
            targets = "".join(f" -target={one}" for one in target)
            return (
                f"cd {folder}\nterraform init -input=false\nterraform plan -input=false{targets} -out={out}"
            )
        case a.TerraformApply(plan=plan):
            return (
                f"terraform apply -input=false <the plan file that {plan} made, if its digest is unchanged>"
            )
        case a.SecretApply(name=name, data=data):
            keys = ", ".join(f"{key} ← ${source}" for key, source in data.items())
            return f"PATCH Secret {name} by server-side apply: {keys} (values from the environment)"
        case a.ManifestsDryRun(path=path):
            return f"kubectl apply -k {path} --dry-run=server"
        case a.Rollout(timeout=timeout):
            return f"wait side by side, at most {format_duration(timeout)}, for {_rollouts(action)}"
        case a.Canary(service=service, interval=interval, metrics=metrics):
            names = ", ".join(one.name for one in metrics)
            every = f"sample {names} of {service}, canary and stable, every {format_duration(interval)}"
            return f"{every} for {_bakes(action)}"
        case a.Undo(deployments=deployments, order=order, resume=resume):
            told = "put back the pinned revision's pod template of " + ", ".join(deployments)
            told += f"; one after another: {', '.join(order)}" if order else ""
            return told + ("; a paused one is resumed in the same change" if resume else "")
        case a.PinImages(overlay=overlay, deployments=deployments):
            return f"pin the images of {', '.join(deployments)} in {overlay}; only the file is written"
        case a.StableTraffic(canary=canary):
            return f"PATCH every VirtualService, HTTPRoute and Ingress that gives {canary} a share: none"
        case a.Scale(deployments=deployments, replicas="original"):
            counts = ((name, point.replicas(name) if point else None) for name in deployments)
            each = (f"{name} to {'what it had' if count is None else count}" for name, count in counts)
            return f"scale {', '.join(each)}, as the rollback point remembers"
        case a.Scale(deployments=deployments, replicas=replicas):
            gone = ", and see their pods gone" if replicas == 0 else ""
            return f"scale {', '.join(deployments)} to {replicas}{gone}"
        case a.Promote(canary=canary, stable=stable):
            return f"set {canary}'s images on {stable}, wait for its rollout, delete {canary}"
        case a.StartRollback(procedure=procedure):
            return f"ask the lead to start the rollback procedure “{procedure}”"
        case a.Query(promql=promql, above=above, below=below, unit=unit):
            bounds = [f"above {above:g}{unit}"] if above is not None else []
            bounds += [f"below {below:g}{unit}"] if below is not None else []
            return f"PromQL {promql} must be {' and '.join(bounds) or 'answered'}"
    return _check(action)


def _check(action: a.AnyAction) -> str:
    """What only looks, in a sentence."""
    match action:
        case a.Http(url=url):
            return _http(action) if url else "ask a person: no endpoint is configured"
        case a.History(deployments=deployments):
            return f"kubectl rollout history, and which revision is pinned, of {', '.join(deployments)}"
        case a.RemoveCanary(deployments=deployments):
            return f"delete {', '.join(deployments)} and see it gone; fine if it is not there"
        case a.CapturePoint(deployments=deployments):
            return f"record revision, images, replicas and autoscaler bounds of {', '.join(deployments)}"
        case a.Pods(services=services, max_new_restarts=most):
            return f"all pods of {', '.join(services)} are ready, at most {most} restarts since the run began"
        case a.Logs(services=services, must_not_match=bad, must_match=good, ignore=ignore):
            told = [f"none matches /{bad}/"] if bad else []
            told += [f"some match /{good}/"] if good else []
            aside = f", those that match /{ignore}/ aside" if ignore else ""
            lines = f"every log line of {', '.join(services)} since the first change{aside}"
            return f"read {lines}: {' and '.join(told)}"
        case a.Usage(services=services, resource=resource, maximum=maximum):
            share = f"{round(100 * maximum, 6):g}%"
            return f"{resource} of all containers of {', '.join(services)} is at most {share} of its limit"
        case a.Compare(canary=canary, metric=metric):
            what = metric or "all metrics"
            return f"judge {what} of {canary}: limits, and canary against stable (Mann-Whitney U)"
        case a.SecretKeys(name=name, keys=keys):
            return f"the Secret {name} has {', '.join(keys)}, each with a value; no value is looked at"
        case a.Approvals(pull_request=pull, minimum=least):
            if least == 1:
                return f"a person has approved {pull}" if pull else "a person signs"
            return f"{least} people have approved {pull}" if pull else f"{least} different people sign"
    return _generic(action)


def _bakes(action: a.Canary) -> str:
    if not action.steps or action.traffic is None:
        return format_duration(action.bake)
    rungs = ", ".join(f"{format_duration(one.bake)} at {one.weight} %" for one in action.steps)
    return f"{rungs} (weights by {action.traffic.by}), judged at the end of each"


def _http(action: a.Http) -> str:
    services, paths = action.each or ("",), action.paths
    urls = [action.url.replace("{service}", service) + path for service in services for path in paths]
    shown = urls if len(urls) <= 6 else [*urls[:5], f"… and {len(urls) - 5} more"]
    codes = " or ".join(map(str, action.status))
    matches = f", matching /{action.match}/" if action.match else ""
    return (
        "\n".join(f"GET {url}" if not url.startswith("…") else url for url in shown)
        + f"\n# each answers {codes}{matches}"
    )


def _generic(action: a.Action) -> str:
    first = (type(action).__doc__ or "").strip().splitlines()[0].rstrip(".")
    values = []
    for name in action.__struct_fields__:
        value = getattr(action, name)
        if value not in ("", (), {}, None):
            values.append(f"{name}: {_written(value)}")
    return first + (f"\n# {'; '.join(values)}" if values else "")


def _written(value: object) -> str:
    """A field's value as one writes it in a checklist."""
    match value:
        case bool():
            return "true" if value else "false"
        case tuple():
            return ", ".join(map(str, value))
        case dict():
            return ", ".join(f"{key} {one}" for key, one in value.items())
    return str(value)


def _rollouts(action: a.Rollout) -> str:
    """What is waited for; the kind of what is no Deployment is told."""
    sets = [f"StatefulSet {name}" for name in action.statefulsets]
    daemons = [f"DaemonSet {name}" for name in action.daemonsets]
    return ", ".join((*action.deployments, *sets, *daemons))
