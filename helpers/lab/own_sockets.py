"""The old place of some names of `helpers.lab.socket_table`."""

from helpers.lab.socket_table import sockets_of as sockets_of
