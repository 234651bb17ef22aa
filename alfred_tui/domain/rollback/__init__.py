"""Where the way back leads, and which services go it."""
