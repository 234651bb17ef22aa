"""One lead for a cluster."""
