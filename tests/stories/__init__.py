"""Whole stories, told with the real program: given (`given`), when (`when`, `terminal`), then."""
