"""What the API server tells of objects, as far as it is used here."""
