# expect: spawn.reports=FAIL
"""Ends with status 0 and has done nothing."""

import os

os._exit(0)
