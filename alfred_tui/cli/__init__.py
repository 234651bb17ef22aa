"""The composition root: one module per subcommand. Parses, builds, starts the engine, picks a front end."""
