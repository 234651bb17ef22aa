"""The live picture: rows that screen and steps share, made from what the watches keep."""
