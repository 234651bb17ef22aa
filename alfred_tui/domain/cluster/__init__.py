"""What the cluster looks like and what may be done there, as values."""
