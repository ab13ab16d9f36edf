"""Straight lines as JavaScript, for pages that compute by themselves; Python does not run it, so the table has no such entry."""
