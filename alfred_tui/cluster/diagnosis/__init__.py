"""Why a pod is not well, and what to look at next."""
