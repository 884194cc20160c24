"""Notebook 08: seven protocols, their small real servers, and the exercises' checkers.

Nothing is imported here: a server is started as a module of this package, and must be there at once.
"""
