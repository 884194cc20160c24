"""The claims of the article, C01 to C40, each put to the kernel: one probe for it and one against it."""

from helpers.lessons.claims.claim import Claim, Finding, Verdict
from helpers.lessons.claims.verdicts import CLAIMS, claim, judge

__all__ = ["CLAIMS", "Claim", "Finding", "Verdict", "claim", "judge"]
