"""Pure values and pure functions: no I/O, no clock (`now` is an argument), no client library."""
