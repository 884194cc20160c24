"""The lab without kernels, for the two panels in which a reader is the wire: hosts whose TCP is a model of RFC 9293."""

from helpers.lab.model.network import ModelNetwork

__all__ = ["ModelNetwork"]
