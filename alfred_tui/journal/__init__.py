"""The run's record on disk: events in order, each with the hash of all before it."""

from alfred_tui.journal.lock import Held, RunLock, is_led
from alfred_tui.journal.runs import RunFolder, RunSummary, list_runs, new_run_id, newest_run, state_dir
from alfred_tui.journal.store import Broken, Journal, read_checklist, read_entries, verify
from alfred_tui.journal.torn import unfinished_bytes

__all__ = [
    "Broken",
    "Held",
    "Journal",
    "RunFolder",
    "RunLock",
    "RunSummary",
    "is_led",
    "list_runs",
    "new_run_id",
    "newest_run",
    "read_checklist",
    "read_entries",
    "state_dir",
    "unfinished_bytes",
    "verify",
]
