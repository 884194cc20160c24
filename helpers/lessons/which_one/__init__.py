"""How fast two processes talk: mistakes beside their cures, all mechanisms beside each other, and a choice."""

from helpers.lessons.which_one.comparison import compare
from helpers.lessons.which_one.costs import Costs
from helpers.lessons.which_one.measuring import contrast, one_core, process_sharing, process_that
from helpers.lessons.which_one.mechanisms import loops

__all__ = ["Costs", "compare", "contrast", "loops", "one_core", "process_sharing", "process_that"]
