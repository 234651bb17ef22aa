"""What Terraform says when it refuses, and what a person can do: read from output meant for people."""

import re
from collections.abc import Sequence

_LOCK = re.compile(r"(ID|Operation|Who|Created): +(\S.*)")


def error_in(lines: Sequence[str]) -> str:
    """The last error that stands apart, with blank lines or a box around it, as Terraform writes it: what
    follows only explains it. Empty when there is none.
    """
    plain = [_plain(line) for line in lines]
    apart = (
        text
        for number, text in enumerate(plain)
        if text.startswith("Error: ") and not any((*plain[:number][-1:], *plain[number + 1 : number + 2]))
    )
    return next(reversed(list(apart)), "")


def advice(lines: Sequence[str], plan: str = "") -> str:
    """What to do about a refusal that is known, as sentences; empty for any other.

    `plan` is the title of the step whose plan was applied.
    """
    error = error_in(lines)
    if error == "Error: Saved plan is stale":
        anew = f"open “{plan}” again with o" if plan else "plan again"
        return f"The state was changed after it was planned, and nothing was applied: {anew}, and look at it."
    if error == "Error: Error acquiring the state lock":
        return _locked({found[1]: found[2] for line in lines if (found := _LOCK.fullmatch(_plain(line)))})
    return ""


def left_by_a_kill(tool: str) -> str:
    """What a terraform (or tofu) that could not end by itself may have left."""
    return (
        "may remain, and what was being made may exist without standing in the state. The next plan tells the"
        f" lock's ID where it does; if nobody works with the state any more: {tool} force-unlock ID"
    )


def _locked(lock: dict[str, str]) -> str:
    what = lock.get("Operation", "").removeprefix("OperationType").lower()
    since = lock.get("Created", "").partition(".")[0]
    told = f"{lock.get('Who', 'somebody')} holds it" + (f" for {what}" if what else "")
    told += f" since {since}" if since else ""
    dead = f"; if nobody works with it any more: terraform force-unlock {lock['ID']}" if "ID" in lock else ""
    return f"The state is locked, and nothing was changed: {told}. Try again when it is free{dead}."


def _plain(line: str) -> str:
    return line.strip(" \t│╷╵")
