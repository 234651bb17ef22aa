"""Kubernetes: connection, live store, rollout logic, diagnosis, usage, changes and checks.

Importing this package loads no client library; `connect` does, in a thread, when a connection is first used.
"""
