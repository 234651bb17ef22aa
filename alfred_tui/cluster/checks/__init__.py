"""Verdicts over what a cluster holds, with their evidence."""
