"""The old name of the record marking in `helpers.fields.onc_rpc`, until nobody imports it any more."""

from helpers.fields.onc_rpc import LONGEST_RECORD as LIMIT
from helpers.fields.onc_rpc import RecordReader as RecordReader
from helpers.fields.onc_rpc import framed as framed

__all__ = ["LIMIT", "RecordReader", "framed"]
