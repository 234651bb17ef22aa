"""Simulated traffic and the series that a Prometheus would have of it."""

from alfred_tui.demo.traffic.traffic import Traffic

__all__ = ["Traffic"]
