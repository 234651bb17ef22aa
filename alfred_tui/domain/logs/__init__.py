"""Log lines as values, and which of them look like errors."""
