"""Prometheus: instant and range reads, rules and targets, and the sampling of canary and stable.

Everything that a monitoring system can answer besides a number (nothing, NaN, several series, an old value,
an error page, silence) is a named state of a sample here, and never a number.
"""
