"""Checks over HTTP: health and function endpoints, and a pull request's approvals."""

import asyncio
import contextlib
import functools
import os
import re
import socket
import threading
from importlib import import_module
from typing import TYPE_CHECKING, Any

from alfred_tui.actions.context import StepContext
from alfred_tui.domain.document.actions import Approvals, Http
from alfred_tui.domain.errors import NotAnswered, NotConfigured
from alfred_tui.domain.evidence import Evidence, Outcome, Status, worst

if TYPE_CHECKING:
    import ssl

    import httpx

_TIMEOUT = 10.0
_AT_ONCE = 8
_PULL = re.compile(r"([\w.-]+/[\w.-]+)#(\d+)")


async def http(ctx: StepContext) -> Outcome:
    """Every URL answers as it should."""
    action = ctx.step.action
    assert isinstance(action, Http)
    if not action.url:
        raise NotConfigured(f"No endpoint is configured for it ({action.variable or 'its url'} is empty).")
    urls = [
        action.url.replace("{service}", service) + path
        for service in action.each or ("",)
        for path in action.paths
    ]
    room = asyncio.Semaphore(_AT_ONCE)
    async with await _client() as client:
        found = await asyncio.gather(*(_get(client, room, url, action) for url in urls))
    status = worst([one for one, _ in found])
    bad = [told for one, told in found if one != "passed"]
    reason = f"{len(bad)} of {len(found)}: {bad[0].label} {bad[0].value}" if bad else ""
    return Outcome(status=status, reason=reason, evidence=tuple(told for _, told in found))


async def _client(headers: dict[str, str] | None = None) -> "httpx.AsyncClient":
    # In a thread, and the certificates once for all: to load them takes the loop a tenth of a second, and
    # a section of thirty checks side by side would do so thirty times.
    trusted = await asyncio.to_thread(_trusted_in_turn)

    import httpx

    return httpx.AsyncClient(verify=trusted, timeout=_TIMEOUT, headers=headers, follow_redirects=False)


_turn = threading.Lock()


def _trusted_in_turn() -> "ssl.SSLContext":
    with _turn:
        return _trusted()


@functools.cache
def _trusted() -> "ssl.SSLContext":
    """The certificates that are trusted, with the client library and what it would load at its first use."""
    import httpx

    with contextlib.suppress(ImportError):
        import_module("anyio._backends._asyncio")
    return httpx.create_ssl_context()


def _why(error: Exception) -> str:
    """What went wrong in the system's words, which the client keeps behind its own."""
    import httpx

    if isinstance(error, httpx.TimeoutException):
        return "nothing came in time"
    behind: BaseException | None = error
    while behind is not None:
        if isinstance(behind, socket.gaierror):
            return "its name is not known here"
        if isinstance(behind, OSError) and behind.errno and behind.errno > 0:
            return os.strerror(behind.errno)
        if isinstance(behind, BaseExceptionGroup):
            behind = behind.exceptions[0]
        else:
            behind = behind.__cause__ or behind.__context__
    return str(error) or type(error).__name__


async def _get(
    client: "httpx.AsyncClient", room: asyncio.Semaphore, url: str, action: Http
) -> tuple[Status, Evidence]:
    import httpx

    async with room:
        try:
            response = await client.get(url)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return "error", Evidence(label=url, value=f"did not answer: {_why(error)}", kind="link", ok=False)
    text = response.text[:100_000]
    took = f"{response.elapsed.total_seconds() * 1000:.0f} ms"
    if response.status_code not in action.status:
        return "failed", Evidence(
            label=url, value=f"answered {response.status_code} in {took}", kind="link", ok=False
        )
    if action.match and not re.search(action.match, text):
        value = f"answered {response.status_code}, but nothing matches /{action.match}/"
        return "failed", Evidence(label=url, value=value, kind="link", ok=False)
    return "passed", Evidence(label=url, value=f"{response.status_code} in {took}", kind="link", ok=True)


async def approvals(ctx: StepContext) -> Outcome:
    """Distinct people whose last review of the pull request approves it."""
    action = ctx.step.action
    assert isinstance(action, Approvals)
    if not action.pull_request:
        raise NotConfigured(
            f"No pull request is configured (pull_request is empty); {action.minimum} people sign instead."
        )
    parts = _PULL.fullmatch(action.pull_request)
    if not parts:
        raise NotAnswered(
            f"'{action.pull_request}' names no pull request.", hint="Write owner/repository#number."
        )
    token = ctx.equipment.secrets.get(action.token_env) or ctx.equipment.environ.get(action.token_env, "")
    author, reviews = await _reviews(f"{action.api}/repos/{parts[1]}/pulls/{parts[2]}", token)
    people = approvers(reviews, author)
    held = len(people) >= action.minimum
    evidence = (
        Evidence(label="pull request", value=action.pull_request, kind="link"),
        Evidence(label="approved by", value=", ".join(people) or "nobody", ok=held),
    )
    if held:
        return Outcome(status="passed", evidence=evidence)
    reason = f"{len(people)} of {action.minimum} approvals."
    return Outcome(status="failed", reason=reason, evidence=evidence)


def approvers(reviews: list[Any], author: str) -> list[str]:
    """Who approves, from the reviews in the order that GitHub lists them (oldest first).

    A person's later review replaces the earlier; comments neither give nor take; the author's own does not
    count. Source: GitHub REST API, "List reviews for a pull request".
    """
    last: dict[str, str] = {}
    for review in reviews:
        login, state = (review.get("user") or {}).get("login", ""), review.get("state", "")
        if login and login != author and state in ("APPROVED", "CHANGES_REQUESTED", "DISMISSED"):
            last[login] = state
    return sorted(login for login, state in last.items() if state == "APPROVED")


async def _reviews(url: str, token: str) -> tuple[str, list[Any]]:
    import httpx

    headers = {"Accept": "application/vnd.github+json"} | (
        {"Authorization": f"Bearer {token}"} if token else {}
    )
    reviews: list[Any] = []
    try:
        async with await _client(headers) as client:
            pull = await client.get(url)
            pull.raise_for_status()
            for page in range(1, 11):
                answer = await client.get(f"{url}/reviews", params={"per_page": 100, "page": page})
                answer.raise_for_status()
                reviews += answer.json()
                if len(answer.json()) < 100:
                    break
            return str((pull.json().get("user") or {}).get("login", "")), reviews
    except httpx.HTTPStatusError as error:
        raise NotAnswered(
            f"{url} answered {error.response.status_code}.",
            hint="Check the pull request's name and the token in GITHUB_TOKEN.",
            temporary=error.response.status_code >= 500,
        ) from error
    except (httpx.HTTPError, ValueError, AttributeError) as error:
        raise NotAnswered(f"{url} did not answer: {_why(error)}.", temporary=True) from error
