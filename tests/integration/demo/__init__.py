"""The demo's process from outside: what it serves, and that it ends."""
