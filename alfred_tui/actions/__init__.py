"""What a step can do: one module per subject over the adapters below, and the table that finds it."""
