"""Imported before scapy's layers: scapy then does not read this machine's routes, which takes 0.1 s for nothing.

The course builds frames with all their addresses, and never sends by scapy.
"""

from scapy.config import conf

conf.route_autoload = conf.route6_autoload = False
