"""Drives a run: plan what is due, perform it, apply the event, compute the next wake-up."""
