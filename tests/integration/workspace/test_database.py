"""The database scripts really back up, verify, migrate and restore."""

import contextlib
import re
import sqlite3
from pathlib import Path

import pytest
from alfred_tui.demo.scenarios import SCENARIOS
from alfred_tui.demo.workspace import WorkspaceInfo, write_workspace

from tests.integration.workspace.conftest import Run, runner


def ask(workspace: WorkspaceInfo, statement: str) -> list[tuple[object, ...]]:
    with contextlib.closing(sqlite3.connect(workspace.folder / "data" / "alfred.db")) as connection:
        found = connection.execute(statement).fetchall()
        connection.commit()
        return found


def fields(output: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in output.splitlines() if "=" in line)


def test_a_backup_is_described_line_by_line(run: Run, workspace: WorkspaceInfo) -> None:
    done = run("./scripts/backup-database.sh", "pre-deployment-20261122")
    assert done.returncode == 0
    told = fields(done.stdout)
    assert told["name"] == "pre-deployment-20261122"
    assert re.fullmatch("[0-9a-f]{64}", told["sha256"])
    file = workspace.folder / told["file"]
    assert file.stat().st_size == int(told["bytes"]) > 0
    assert (told["tables"], told["rows"]) == ("3", "163")
    assert run("./scripts/verify-backup.sh", told["name"]).returncode == 0


def test_a_backup_is_never_written_over(run: Run) -> None:
    assert run("./scripts/backup-database.sh", "one").returncode == 0
    again = run("./scripts/backup-database.sh", "one")
    assert (again.returncode, again.stdout) == (1, "")
    assert "a backup is never written over" in again.stderr


def test_a_changed_backup_is_not_verified_and_not_restored(run: Run, workspace: WorkspaceInfo) -> None:
    run("./scripts/backup-database.sh", "one")
    file = workspace.folder / "data" / "backups" / "one.db"
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    before = (workspace.folder / "data" / "alfred.db").read_bytes()
    for script in ("verify-backup", "restore-database"):
        done = run(f"./scripts/{script}.sh", "one")
        assert done.returncode == 1
        assert "its checksum differs; do not use it" in done.stderr
    assert (workspace.folder / "data" / "alfred.db").read_bytes() == before


def test_pending_migrations_are_told_and_not_applied(run: Run, workspace: WorkspaceInfo) -> None:
    before = ask(workspace, "SELECT version FROM schema_migrations")
    told = run("./scripts/pending-migrations.sh")
    assert told.returncode == 0
    assert fields(told.stdout)["pending"] == "2"
    assert "0005_unique_customer_email" in told.stdout
    assert "CREATE UNIQUE INDEX" in told.stdout
    assert ask(workspace, "SELECT version FROM schema_migrations") == before
    run("./scripts/migrate-database.sh")
    assert fields(run("./scripts/pending-migrations.sh").stdout) == {"pending": "0"}


def test_a_migration_is_applied_once_and_recorded(run: Run, workspace: WorkspaceInfo) -> None:
    first, second = run("./scripts/migrate-database.sh"), run("./scripts/migrate-database.sh")
    assert (first.returncode, second.returncode) == (0, 0)
    assert fields(first.stdout) == {"applied": "2", "schema": "0005_unique_customer_email"}
    assert fields(second.stdout)["applied"] == "0"
    assert ask(workspace, "SELECT count(*) FROM schema_migrations") == [(5,)]
    with pytest.raises(sqlite3.IntegrityError):
        ask(workspace, "INSERT INTO customers (name, email) VALUES ('x', 'customer1@example.com')")


def test_a_restore_brings_the_backed_up_rows_back(run: Run, workspace: WorkspaceInfo) -> None:
    run("./scripts/backup-database.sh", "before")
    run("./scripts/migrate-database.sh")
    ask(workspace, "DELETE FROM tax_cases")
    done = run("./scripts/restore-database.sh", "before")
    assert done.returncode == 0
    assert fields(done.stdout) == {"restored": "before", "tables": "3", "rows": "163"}
    assert ask(workspace, "SELECT count(*) FROM tax_cases") == [(120,)]
    assert ask(workspace, "SELECT count(*) FROM schema_migrations") == [(3,)]
    assert (workspace.folder / "data" / "alfred.db.replaced").is_file()
    assert run("./scripts/migrate-database.sh").returncode == 0


def test_a_backup_is_whole_while_somebody_writes(run: Run, workspace: WorkspaceInfo) -> None:
    with contextlib.closing(sqlite3.connect(workspace.folder / "data" / "alfred.db")) as writer:
        writer.execute("INSERT INTO customers (name, email) VALUES ('open', 'open@example.com')")
        done = run("./scripts/backup-database.sh", "one")
        writer.rollback()
    assert done.returncode == 0, done.stderr
    assert fields(done.stdout)["rows"] == "163"


@pytest.mark.parametrize("script", ["restore-database", "verify-backup"])
def test_an_unknown_backup_is_refused_with_those_there_are(run: Run, script: str) -> None:
    run("./scripts/backup-database.sh", "known")
    done = run(f"./scripts/{script}.sh", "unknown")
    assert done.returncode == 1
    assert done.stderr == "error: there is no backup named unknown; backups: known\n"


@pytest.mark.parametrize("name", ["../escape", "", "-rf", "a b", "x" * 200])
def test_a_name_that_is_none_is_refused(run: Run, name: str) -> None:
    done = run("./scripts/backup-database.sh", name)
    assert done.returncode == 1
    assert "is no name for a backup" in done.stderr


def test_the_wrong_number_of_words_is_refused(run: Run) -> None:
    for command in (("backup-database",), ("restore-database", "a", "b"), ("migrate-database", "a")):
        done = run(f"./scripts/{command[0]}.sh", *command[1:])
        assert done.returncode == 2
        assert done.stderr.startswith("usage: ")


def test_without_a_database_each_script_says_so(run: Run, workspace: WorkspaceInfo) -> None:
    (workspace.folder / "data" / "alfred.db").unlink()
    for command in (("backup-database", "one"), ("migrate-database",)):
        done = run(f"./scripts/{command[0]}.sh", *command[1:])
        assert (done.returncode, done.stderr) == (1, "error: there is no database at data/alfred.db\n")


def test_a_failing_migration_leaves_nothing_half_applied(tmp_path: Path) -> None:
    workspace = write_workspace(tmp_path / "platform", SCENARIOS["failing-migration"])
    run = runner(workspace)
    before = ask(workspace, "SELECT type, name, sql FROM sqlite_master ORDER BY name")
    done = run("./scripts/migrate-database.sh")
    assert done.returncode == 1
    assert "applying 0004_conversation_memory" in done.stdout
    assert "migration 0005_unique_customer_email failed: UNIQUE constraint failed" in done.stderr
    assert "Everything was rolled back" in done.stderr
    assert "Traceback" not in done.stderr
    assert ask(workspace, "SELECT type, name, sql FROM sqlite_master ORDER BY name") == before
    assert ask(workspace, "SELECT count(*) FROM schema_migrations") == [(3,)]
    ask(workspace, "DELETE FROM customers WHERE id = 41")
    assert run("./scripts/migrate-database.sh").returncode == 0
