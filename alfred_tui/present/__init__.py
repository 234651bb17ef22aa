"""Pure projections of state into typed rows, for every front end. A widget formats the values."""
