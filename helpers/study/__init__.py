"""Study tools: predict before you run, check an exercise, expect an error, see how far you are."""

from helpers.study import progress
from helpers.study.checking import NeedsLiveLab, Wrong, check, exercise
from helpers.study.expected_errors import expect_error
from helpers.study.mixed import mixed_questions
from helpers.study.overview import missed, next_step
from helpers.study.paths import Paths, path
from helpers.study.predictions import predict, within
from helpers.study.search import find

__all__ = [
    "NeedsLiveLab",
    "Paths",
    "Wrong",
    "check",
    "exercise",
    "expect_error",
    "find",
    "missed",
    "mixed_questions",
    "next_step",
    "path",
    "predict",
    "progress",
    "within",
]
