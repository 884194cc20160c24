"""Checkers of notebook 13."""
