"""Study tools: predict before you run, check an exercise, expect an error, keep the reader's progress."""

from helpers.study import progress
from helpers.study.checking import check
from helpers.study.expected_errors import expect_error
from helpers.study.predictions import predict, within

__all__ = ["check", "expect_error", "predict", "progress", "within"]
