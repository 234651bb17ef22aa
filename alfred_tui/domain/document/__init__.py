"""What the files say: checklists with their actions, and layouts, as typed values."""
