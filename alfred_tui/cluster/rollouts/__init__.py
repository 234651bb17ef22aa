"""How far a rollout is, and the revisions behind it."""
