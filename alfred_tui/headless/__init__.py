"""The other front end: no screen. All of standard output in one module, errors and exit codes in another."""
