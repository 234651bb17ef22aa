"""`doctor` and the checklist's hosts: each way in which a host is, or is not, ready for a run."""

from collections.abc import Awaitable
from pathlib import Path

import pytest
from alfred_tui.cli import doctor
from alfred_tui.cli.examine.hosts import examine_host
from alfred_tui.cli.examine.subject import Subject
from alfred_tui.cli.options import Options
from alfred_tui.documents import load_text
from alfred_tui.domain.document.checklist import Host
from alfred_tui.present.doctor import Finding

from tests.integration.ssh.server import Sshd, keygen

CHECKLIST = """
title: Hosts
hosts: {db: {host: 127.0.0.1}, spare: {host: 127.0.0.1}}
phases:
  - {id: p, title: P, sections: [{id: s, title: S, steps: [{id: far, title: Far, on: db, run: "true"}]}]}
"""


def subject(more: str = "") -> Subject:
    text = CHECKLIST.replace("on: db", f"on: db{more}")
    checklist = load_text(text, name="hosts.yaml", environ={}).checklist
    return Subject(options=Options(), environ={}, checklist=checklist)


async def examined(host: Host, name: str = "db") -> Finding:
    (only,) = await examine_host(subject(), name, host)
    return only


async def test_a_host_that_is_ready_is_told_with_its_key_and_login(sshd: Sshd) -> None:
    found = await examined(sshd.host())
    assert found.word == "ok"
    assert "proved its known host key (ED25519 SHA256:" in found.said
    assert "and let us log in" in found.said
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


async def test_a_host_on_which_no_step_could_start_is_not_ready(
    sshd: Sshd, tmp_path: Path, own_home: Path
) -> None:
    forced = Sshd(tmp_path / "forced", settings=("ForceCommand echo This account fetches backups.; exit 1",))
    forced.start()
    try:
        refused = await examined(forced.host())
        assert (refused.word, refused.facts["stage"]) == ("refused", "shell")
        assert "This account fetches backups." in refused.said
        assert (await examined(forced.host(), "spare")).word == "ok"  # nothing is tried where no step runs
    finally:
        forced.stop()
    homeless = Sshd(tmp_path / "homeless")
    homeless.start()
    homeless.home.rmdir()
    try:
        found = await examined(homeless.host())
        assert (found.word, found.facts["stage"]) == ("refused", "shell")
        assert f"lets us log in, but there is no {homeless.home}." in found.said
    finally:
        homeless.stop()


async def test_a_program_that_a_step_needs_there_is_looked_for_there(sshd: Sshd) -> None:
    host, program = await examine_host(subject(", requires: [sh, no-such-program]"), "db", sshd.host())
    assert host.word == "ok"
    assert (program.word, program.needed) == ("missing", False)
    assert program.said == "no-such-program is not on PATH there; it is for step far."


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
