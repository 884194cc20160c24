"""The plumbing of the course: a lab of real hosts, traces of what happened, pictures, study tools.

The lesson is in the notebooks. What is here builds hosts, draws and cleans up.
"""
