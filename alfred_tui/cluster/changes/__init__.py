"""What the cockpit changes in a cluster, each change written so that a repeat is harmless."""
