"""The lab without kernels: the same hosts, sockets and wire, in which `helpers.lab.model.tcp_endpoint` is the kernel.

    trace = on_model(experiment)           # the very function that drives the real lab
    ladder(trace); sockets(trace)          # every picture says «model»

or by hand, in virtual time, where a wait costs nothing:

    with ModelNetwork() as network:
        client, server = network.host("client"), network.host("server")
        ...
        trace = network.trace()

It has TCP over IPv4 and nothing else: no UDP, no ARP, no programs, one LAN.
"""

from helpers.lab.model.network import ModelNetwork, on_model

__all__ = ["ModelNetwork", "on_model"]
