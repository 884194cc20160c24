"""The checkers of the exercises, a module for each notebook, imported when `check` first needs them."""
