"""What a run could have seen, of each question: for each option one case, and one that is none of them.

A module a notebook, `cases_NN`; in it CASES: question, then the option's letter or "none", then the values of the
names that the reveal reads. A list of such values is several cases.
"""
