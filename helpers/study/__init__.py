"""Study tools: predict before you run, check an exercise, expect an error, see how far you are."""

from helpers.study import progress
from helpers.study.checking import NeedsLiveLab, Wrong, check, exercise
from helpers.study.expected_errors import expect_error
from helpers.study.predictions import predict

__all__ = ["NeedsLiveLab", "Wrong", "check", "exercise", "expect_error", "predict", "progress"]
