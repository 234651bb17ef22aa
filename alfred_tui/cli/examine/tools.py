"""Programs that the checklist's commands begin with, looked for on PATH, and their versions.

A version is asked only of programs known to tell it and do nothing else: what a checklist names may be a
script that changes something whatever its arguments are.
"""

import asyncio
import os
import re
import shutil
from contextlib import suppress
from pathlib import Path

from alfred_tui.cli.examine.subject import Subject, named
from alfred_tui.cli.secrets import without_secrets
from alfred_tui.documents.lint.shell import parse
from alfred_tui.domain.document.actions import ManifestsDryRun, Run, TerraformApply, TerraformPlan
from alfred_tui.domain.document.checklist import Step
from alfred_tui.domain.run.planning import PLACEHOLDER
from alfred_tui.present.doctor import Finding, Word

SUBJECT = "tools"
_PATIENCE = 5.0
_LONGEST = 80

_ASKED = {
    "kubectl": ("version", "--client"),
    "terraform": ("version",),
    "tofu": ("version",),
    "helm": ("version", "--short"),
    "kustomize": ("version",),
    "istioctl": ("version", "--remote=false"),
    "argocd": ("version", "--client", "--short"),
    "flux": ("version", "--client"),
    "go": ("version",),
    "openssl": ("version",),
    "ssh": ("-V",),
}
_TELL = """
    aws az bash cargo curl docker gcloud gh git gzip jq make mysql mysqldump node npm pg_dump pg_restore pip
    podman psql pytest python python3 redis-cli rsync ruff sed skopeo sqlite3 tar trivy vault wget yq
"""
"""These take `--version`."""
_BUILT_IN = """
    . : [ [[ alias bg break builtin cd command continue declare dirs echo eval exec exit export false fg
    getopts hash
    help history jobs kill let local mapfile popd printf pushd pwd read readarray readonly return set
    shift shopt source test times trap true type typeset ulimit umask unalias unset wait
"""
_FUNCTION = re.compile(r"(?m)^\s*(?:function\s+)?([A-Za-z_][\w-]*)\s*\(\s*\)")
_NUMBERED = re.compile(r"\d+\.\d+")
_PLAIN = re.compile(r"[\w.+/~@-]+")


def programs(subject: Subject) -> dict[str, tuple[list[str], bool]]:
    """Program → the steps that need it here, and whether those ask a person without it. In their order."""
    found: dict[str, tuple[list[str], bool]] = {}
    for step in subject.steps():
        if step.on:
            continue
        for name in programs_of(step):
            steps, optional = found.get(name, ([], True))
            found[name] = ([*steps, step.id], optional and name in step.requires)
    for name in ("kubectl", "terraform"):
        found.setdefault(name, ([], True))
    return found


def programs_of(step: Step) -> list[str]:
    """The programs of one step, each once."""
    names = list(step.requires)
    if isinstance(step.action, Run):
        names += commands(step.action.command)
    elif isinstance(step.action, ManifestsDryRun):
        names.append("kubectl")
    elif isinstance(step.action, TerraformPlan | TerraformApply):
        names.append("terraform")
    return list(dict.fromkeys(names))


def commands(script: str) -> list[str]:
    """The first words of a script's commands, without what the shell has itself or the script defines."""
    known = {*_FUNCTION.findall(script), *_BUILT_IN.split()}
    words = (
        command.words[0].value for pipeline in parse(script) for command in pipeline.commands if command.words
    )
    # A word that is put together in the run (`$tool`, `<service>`) names no program yet.
    return [
        word
        for word in dict.fromkeys(words)
        if _PLAIN.fullmatch(word) and not PLACEHOLDER.search(word) and word not in known
    ]


async def examine_tool(
    subject: Subject, name: str, steps: list[str], *, optional: bool
) -> tuple[Finding, ...]:
    """One program."""
    use = f" for {named(steps)}" if steps else ""

    def told(word: Word, said: str, then: str = "", **facts: str) -> tuple[Finding, ...]:
        needed = bool(steps) and not optional
        return (
            Finding(
                subject=SUBJECT, name=name, word=word, said=said, then=then, needed=needed, facts={**facts}
            ),
        )

    path = _found(subject, name)
    if path is None and name == "terraform" and (other := _found(subject, "tofu")):
        return told("ok", f"{other} takes its place{use}.", path=other)
    if path is None:
        where = "there (or may not be executed)" if "/" in name else "on PATH"
        then = (
            "Install it, or set PATH."
            if "/" not in name
            else "Set --workdir to where the commands are to run."
        )
        if steps and optional:
            then += " Without it a person attests instead."
        return told("missing", f"{name} is not {where}; it is{use or ' not named by this checklist'}.", then)
    version = await _version(subject, name, path)
    return told(
        "ok",
        f"{f'{version}, ' if version else ''}{path}{f',{use}' if use else ''}.",
        path=path,
        version=version,
    )


def _found(subject: Subject, name: str) -> str | None:
    if "/" in name:
        place = subject.workdir / Path(name).expanduser()
        return str(place) if place.is_file() and os.access(place, os.X_OK) else None
    return shutil.which(name, path=subject.environ.get("PATH", ""))


async def _version(subject: Subject, name: str, path: str) -> str:
    """What it says of its version, in one line; empty when it is not asked or does not say."""
    arguments = _ASKED.get(name) or (("--version",) if name in _TELL.split() else ())
    if not arguments:
        return ""
    secrets = subject.checklist.secrets if subject.checklist else ()
    environ = without_secrets(secrets, subject.environ) | {"CHECKPOINT_DISABLE": "1"}
    try:
        process = await asyncio.create_subprocess_exec(
            path,
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=environ,
            start_new_session=True,  # without a terminal it cannot ask where nobody sees the question
        )
    except OSError:
        return ""
    try:
        async with asyncio.timeout(_PATIENCE):
            output, _ = await process.communicate()
    except TimeoutError:
        return "says no version in time"
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    text = output[:4096].decode("utf-8", "replace") if process.returncode == 0 else ""
    # Warnings may stand before it.
    told = next((line.strip() for line in text.splitlines() if _NUMBERED.search(line)), "")
    return told if len(told) <= _LONGEST else f"{told[:_LONGEST]}…"
