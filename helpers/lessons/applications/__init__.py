"""Small real servers of seven protocols, one module each: `python -m helpers.lessons.applications.http_server`.

Each is a process of its own, in a host of the lab or on the loopback of this machine, and keeps its files in memory.
`helpers.lessons.applications.service` starts them. Nothing is imported here, for the processes should be there at once.
"""
