"""Checkers of notebook 08."""
