"""Bytes and their meaning: protocol tables and dissectors. Nothing here does I/O."""
