"""One thread at a time loads a client library.

Several of them share dependencies that import each other in circles (requests and its parts). Two threads
that meet inside such a circle would wait for each other for ever; Python breaks that off by letting one of
them see a half-loaded module, and its import fails.
"""

import threading

ONE = threading.RLock()
"""Held while a client library is imported in a thread."""
