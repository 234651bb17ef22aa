"""Runs that are killed at random moments, resumed and finished: what must hold of their records."""
