"""A run: its events, the state that they make, and what is due in it."""
