"""The checkers of the exercises, one module for each notebook; `helpers.study.checking` imports them when needed."""
