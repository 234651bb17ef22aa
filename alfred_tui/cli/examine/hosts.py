"""SSH hosts of the checklist: reached, proved by their keys, logged in to.

Where steps run, a shell there looks whether they could, and for the programs that they need.
"""

import asyncio
import time
from typing import TYPE_CHECKING

from alfred_tui.cli.examine.subject import PATIENCE, Subject, named
from alfred_tui.domain.document.checklist import Host, Step
from alfred_tui.domain.errors import CockpitError, NotAnswered
from alfred_tui.present.doctor import Fact, Finding, Word

if TYPE_CHECKING:
    from alfred_tui.remote import RemoteHost

SUBJECT = "ssh"


async def examine_host(subject: Subject, name: str, host: Host) -> tuple[Finding, ...]:
    """One host."""
    from alfred_tui.remote import RemoteHost
    from alfred_tui.remote.connection import HostKeyRefused, Timing

    used = [one for one in subject.steps() if one.on == name]
    use = f" It is for {named([one.id for one in used])}." if used else " No step runs on it."
    stage = "connection"
    key = ""

    def told(word: Word, said: str, then: str = "", stage: str = "") -> tuple[Finding, ...]:
        facts: dict[str, Fact] = {
            "host": host.host, "port": host.port, "user": host.user, "stage": stage, "key": key,
        }  # fmt: skip
        return (
            Finding(
                subject=SUBJECT, name=name, word=word, said=said + use, then=then,
                needed=bool(used), facts=facts,
            ),
        )  # fmt: skip

    # The login's limit lies below ours, so that its own words come first.
    far = RemoteHost(name, host, timing=Timing(connect=PATIENCE / 2, login=PATIENCE - 2))
    began = time.monotonic()
    try:
        async with asyncio.timeout(PATIENCE):
            key = await far.connect()
            took = round((time.monotonic() - began) * 1000)
            stage = "shell"
            unready = await far.unready() if used else ""
            lacking = await _lacking(far, name, used)
    except TimeoutError:
        return told("missing", f"{host.host} did not answer within {PATIENCE:g} s.", stage=stage)
    except HostKeyRefused as problem:
        return told("refused", problem.message, problem.hint, "host key")
    except NotAnswered as problem:
        word: Word = "missing" if problem.temporary else "refused"
        at = stage if problem.temporary or stage == "shell" else "login"
        return told(word, problem.message, problem.hint, at)
    except CockpitError as problem:
        return told("refused", problem.message, problem.hint, stage if stage == "shell" else "settings")
    finally:
        await far.close()
    who = f"{host.user}@" if host.user else ""
    if unready:
        then = "What a command prints waits in that home until it is here."
        return told("refused", f"{who}{host.host} lets us log in, but {unready}.", then, stage)
    proved = f"{who}{host.host}:{host.port} proved its known host key ({key}) and let us log in ({took} ms)."
    return (*told("ok", proved), *lacking)


async def _lacking(far: "RemoteHost", name: str, steps: list[Step]) -> tuple[Finding, ...]:
    """A finding for each program that steps require there and that is not there."""
    found: dict[str, list[str]] = {}
    for step in steps:
        for program in await far.missing(step.requires, step.env.get("PATH", "")):
            found.setdefault(program, []).append(step.id)
    return tuple(
        Finding(
            subject=SUBJECT, name=f"{name}: {program}", word="missing", needed=False,
            said=f"{program} is not on PATH there; it is for {named(ids)}.",
            then="Install it there, or set PATH in the step's env. Without it a person attests instead.",
        )
        for program, ids in found.items()
    )  # fmt: skip
