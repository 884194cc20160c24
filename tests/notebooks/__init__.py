"""The notebooks in all the ways in which a reader runs them."""

import sys

# Every program that reads a notebook imports jsonschema, which builds a grammar of IRIs if it can: 1.3 seconds of each
# run, though no notebook has one. It does without where this module cannot be imported.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
