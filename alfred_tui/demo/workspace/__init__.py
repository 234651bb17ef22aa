"""The workspace of the demo: a small platform repository that the checklist's commands work on."""

from alfred_tui.demo.workspace.writing import WorkspaceError, WorkspaceInfo, write_workspace

__all__ = ["WorkspaceError", "WorkspaceInfo", "write_workspace"]
