"""The processes that are the lab's hosts, and the one that makes them.

A package of its own, beside the lab that uses it: these processes start without loading scapy and the rest.
"""
