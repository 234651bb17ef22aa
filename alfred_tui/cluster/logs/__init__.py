"""What containers wrote, read once or followed."""
