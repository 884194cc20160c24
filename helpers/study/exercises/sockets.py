"""Checkers of notebook 10."""
