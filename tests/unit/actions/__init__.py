"""What a step can do, and how it is judged."""
