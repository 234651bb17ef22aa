"""A step's text reaches the shell as it was written."""

import subprocess
from pathlib import Path

import pytest
from alfred_tui.process.shell import far_shell_argv, shell_argv

TEXT = """echo 'it'"'"'s' "$HOME" \\
  | cat; # a comment"""


def test_the_text_follows_what_makes_it_fail_fast() -> None:
    argv = shell_argv(TEXT)
    assert argv[0].endswith("/bash")
    assert argv[1:] == ("-c", f"set -euo pipefail\n{TEXT}")


def test_where_there_is_no_bash_sh_serves(tmp_path: Path) -> None:
    (tmp_path / "sh").symlink_to("/bin/sh")
    assert shell_argv(TEXT, path=str(tmp_path)) == (str(tmp_path / "sh"), "-c", f"set -eu\n{TEXT}")
    assert shell_argv(TEXT, path="/nowhere")[0] == "/bin/sh"


@pytest.mark.parametrize("bash", [True, False])
def test_a_far_shell_is_chosen_there(tmp_path: Path, bash: bool) -> None:
    for name in ("sh", "cat", "bash") if bash else ("sh", "cat"):
        (tmp_path / name).symlink_to(f"/bin/{name}")
    environment = {"PATH": str(tmp_path), "HOME": "/h o m e"}
    argv = far_shell_argv(f'{TEXT}\necho "${{BASH_VERSION:-none}}"; false; echo not reached')
    ended = subprocess.run(argv, env=environment, capture_output=True, text=True, check=False)
    first, second = ended.stdout.splitlines()
    assert (first, ended.returncode) == ("it's /h o m e", 1)
    assert (second != "none") == bash
