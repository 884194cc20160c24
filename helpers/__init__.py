"""The plumbing of the course: a lab of real hosts, traces of what happened, pictures, study tools.

The lesson is in the notebooks. What is here builds hosts, draws and cleans up.
"""

import sys

if sys.platform != "linux":
    from helpers.elsewhere import explain_in_cells

    explain_in_cells()
