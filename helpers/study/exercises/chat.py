"""Checkers of notebook 15."""
