"""Is the canary good: one metric's comparison, its limit, the score and the words for it."""
