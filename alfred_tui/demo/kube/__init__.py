"""The embedded Kubernetes API: what kubectl and the official clients talk to in the demo and the tests.

The simulation writes objects into the `Store`; the server shows them over HTTPS with the words, shapes
and status codes of a Kubernetes control plane, so that nothing above it has a second path for the demo.
"""
