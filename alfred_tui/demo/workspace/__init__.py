"""The workspace of the demo: a small platform repository that the checklist's commands work on."""
