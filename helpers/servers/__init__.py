"""Small real servers of seven protocols, one module each: run one as `python -m helpers.servers.http_server`.

Each is a process of its own, in a host of the lab or on the loopback of this machine, and keeps its files in memory.
`helpers.servers.service` starts them. Nothing is imported here, for the processes should be there at once.
"""
