"""SSH hosts of the checklist: reached, proved by their keys, logged in to. No command is run there."""

import asyncio
import time

from alfred_tui.cli.examine.subject import PATIENCE, Subject, named
from alfred_tui.domain.checklist import Host
from alfred_tui.domain.errors import CockpitError, NotAnswered
from alfred_tui.present.doctor import Fact, Finding, Word

SUBJECT = "ssh"


async def examine_host(subject: Subject, name: str, host: Host) -> tuple[Finding, ...]:
    """One host."""
    from alfred_tui.remote import RemoteHost
    from alfred_tui.remote.connection import HostKeyRefused, Timing

    used = [one.id for one in subject.steps() if one.on == name]
    use = f" It is for {named(used)}." if used else " No step runs on it."

    def told(word: Word, said: str, then: str = "", stage: str = "") -> tuple[Finding, ...]:
        facts: dict[str, Fact] = {"host": host.host, "port": host.port, "user": host.user, "stage": stage}
        return (
            Finding(
                subject=SUBJECT, name=name, word=word, said=said + use, then=then,
                needed=bool(used), facts=facts,
            ),
        )  # fmt: skip

    # The login's limit lies below ours, so that its own words come first.
    far = RemoteHost(name, host, timing=Timing(connect=PATIENCE / 2, login=PATIENCE - 1))
    began = time.monotonic()
    try:
        await asyncio.wait_for(far.connect(), PATIENCE)
    except TimeoutError:
        return told("missing", f"{host.host} did not let us in within {PATIENCE:g} s.", stage="connection")
    except HostKeyRefused as problem:
        return told("refused", problem.message, problem.hint, "host key")
    except NotAnswered as problem:
        word: Word = "missing" if problem.temporary else "refused"
        return told(word, problem.message, problem.hint, "connection" if problem.temporary else "login")
    except CockpitError as problem:
        return told("refused", problem.message, problem.hint, "settings")
    finally:
        await far.close()
    who = f"{host.user}@" if host.user else ""
    took = round((time.monotonic() - began) * 1000)
    return told(
        "ok", f"{who}{host.host}:{host.port} proved its known host key and let us log in ({took} ms)."
    )
