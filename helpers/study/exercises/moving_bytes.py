"""Checkers of notebook 14."""
