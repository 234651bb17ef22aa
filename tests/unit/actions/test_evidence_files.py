"""Files that are given as evidence."""

import os
from hashlib import sha256
from pathlib import Path

import pytest
from alfred_tui.actions.evidence_files import with_digests
from alfred_tui.domain.errors import Usage
from alfred_tui.domain.evidence import Evidence
from alfred_tui.domain.run.intents import Sign


def signed(path: str) -> Sign:
    return Sign(by="ann", steps=("a",), evidence=(Evidence(label="file", value=path, kind="file"),))


def test_a_file_is_recorded_with_its_size_and_digest(tmp_path: Path) -> None:
    (tmp_path / "scan.txt").write_bytes(b"all well")
    (told,) = with_digests(signed("./scan.txt"), tmp_path).evidence
    assert told.value == f"./scan.txt (8 bytes, sha256 {sha256(b'all well').hexdigest()})"


def test_a_signature_without_files_stays_as_it_is(tmp_path: Path) -> None:
    link = Sign(by="ann", steps=("a",), evidence=(Evidence(label="link", value="https://x", kind="link"),))
    assert with_digests(link, tmp_path) is link


def test_a_file_that_is_not_there_is_refused_with_where_it_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(Usage, match=rf"\./none\.txt cannot be taken: there is no such file.*{tmp_path}"):
        with_digests(signed("./none.txt"), tmp_path)


def test_a_pipe_or_a_folder_is_no_evidence(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name in ("./pipe", str(tmp_path)):
        with pytest.raises(Usage, match="no regular file"):
            with_digests(signed(name), tmp_path)


def test_what_is_no_path_at_all_is_refused_in_words(tmp_path: Path) -> None:
    for name in ("~nobodyatall/x", "./a\0b", "./" + "x" * 5000):
        with pytest.raises(Usage, match="cannot be"):
            with_digests(signed(name), tmp_path)
