"""How the API server is reached, and as whom."""
