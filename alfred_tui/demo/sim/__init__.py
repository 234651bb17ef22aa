"""The controllers, scheduler and kubelets that make the embedded API behave as a cluster.

A discrete-event simulation over the object store: everything that happens is a reconciliation of one
object at one simulated moment, so the same scenario, seed and writes give the same story at any speed.
"""
