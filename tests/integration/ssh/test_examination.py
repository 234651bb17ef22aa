"""`doctor` and the checklist's hosts: each way in which a host is, or is not, ready for a run."""

from collections.abc import Awaitable
from pathlib import Path

import pytest
from alfred_tui.cli import doctor
from alfred_tui.cli.examine.hosts import examine_host
from alfred_tui.cli.examine.subject import Subject
from alfred_tui.cli.options import Options
from alfred_tui.documents import load_text
from alfred_tui.domain.checklist import Host
from alfred_tui.present.doctor import Finding

from tests.integration.ssh.server import Sshd, keygen

CHECKLIST = """
title: Hosts
hosts: {db: {host: 127.0.0.1}, spare: {host: 127.0.0.1}}
phases:
  - {id: p, title: P, sections: [{id: s, title: S, steps: [{id: far, title: Far, on: db, run: "true"}]}]}
"""


def subject() -> Subject:
    checklist = load_text(CHECKLIST, name="hosts.yaml", environ={}).checklist
    return Subject(options=Options(), environ={}, checklist=checklist)


async def examined(host: Host, name: str = "db") -> Finding:
    (only,) = await examine_host(subject(), name, host)
    return only


async def test_a_host_that_is_ready_is_told_with_its_key_and_login(sshd: Sshd) -> None:
    found = await examined(sshd.host())
    assert found.word == "ok"
    assert "proved its known host key and let us log in" in found.said
    assert "step far" in found.said
    assert not (await examined(sshd.host(), "spare")).needed


async def test_an_unknown_and_a_changed_host_key_are_told_apart(sshd: Sshd, tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    unknown = await examined(sshd.host(known_hosts=str(tmp_path / "empty")))
    assert (unknown.word, unknown.facts["stage"]) == ("refused", "host key")
    assert "is not known" in unknown.said
    other = keygen(tmp_path / "other").with_suffix(".pub").read_text()
    (tmp_path / "known").write_text(f"[127.0.0.1]:{sshd.port} {other}")
    changed = await examined(sshd.host(known_hosts=str(tmp_path / "known")))
    assert changed.word == "refused"
    assert "is not the one in" in changed.said


async def test_a_refused_login_and_a_host_that_does_not_answer(sshd: Sshd, tmp_path: Path) -> None:
    login = await examined(sshd.host(identity=str(keygen(tmp_path / "stranger"))))
    assert (login.word, login.facts["stage"]) == ("refused", "login")
    nobody = await examined(sshd.host(port=9))
    assert (nobody.word, nobody.facts["stage"]) == ("missing", "connection")


async def test_what_does_not_answer_or_breaks_is_unknown_and_the_rest_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import asyncio

    async def never() -> tuple[Finding, ...]:
        await asyncio.Event().wait()
        return ()

    async def breaks() -> tuple[Finding, ...]:
        raise ValueError("odd")

    async def ready() -> tuple[Finding, ...]:
        return (Finding(subject="c", name="c", word="ok", said="There."),)

    def parts(_: Subject) -> list[tuple[str, str, Awaitable[tuple[Finding, ...]]]]:
        return [("a", "a", never()), ("b", "b", breaks()), ("c", "c", ready())]

    monkeypatch.setattr(doctor, "_parts", parts)
    found, cut = await doctor.examine(subject(), 0.05)
    assert [(one.name, one.word) for one in found] == [("a", "unknown"), ("b", "unknown"), ("c", "ok")]
    assert "odd" in found[1].said
    assert cut
