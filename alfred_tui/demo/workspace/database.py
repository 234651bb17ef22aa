"""The workspace's database as the previous release left it: a small SQLite file with some rows."""

import contextlib
import sqlite3
from importlib.resources.abc import Traversable
from pathlib import Path

APPLIED = ("0001_schema_migrations", "0002_customers", "0003_tax_cases")
"""The migrations of earlier releases; the later ones are this release's."""

CUSTOMERS = 40
_APPLIED_AT = 1_780_000_000
_COUNTRIES = ("AT", "CH", "DE", "FR")


def write_database(path: Path, migrations: Traversable, *, duplicate_email: bool) -> None:
    """Creates the file. `duplicate_email` plants the rows on which this release's unique index fails."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        for version in APPLIED:
            connection.executescript(migrations.joinpath(f"{version}.sql").read_text(encoding="utf-8"))
        connection.executemany(
            "INSERT INTO schema_migrations VALUES (?, ?)", [(version, _APPLIED_AT) for version in APPLIED]
        )
        connection.executemany("INSERT INTO customers VALUES (?, ?, ?)", _customers(duplicate_email))
        connection.executemany(
            "INSERT INTO tax_cases VALUES (?, ?, ?, ?)",
            [
                (number, number % CUSTOMERS + 1, 1000 + 37 * number, _COUNTRIES[number % len(_COUNTRIES)])
                for number in range(1, 3 * CUSTOMERS + 1)
            ],
        )
        connection.commit()


def _customers(duplicate_email: bool) -> list[tuple[int, str, str]]:
    rows = [
        (number, f"Customer {number}", f"customer{number}@example.com") for number in range(1, CUSTOMERS + 1)
    ]
    if duplicate_email:
        rows.append((CUSTOMERS + 1, "Customer 7, again", "customer7@example.com"))
    return rows
