"""Runs a program of the student's and says in words how it ended.

Usage: run.py PROGRAM [ARG…]     a .py file is run by python, anything else as it is

A script is compiled at every start, a module is not: the work is in launch.py.
"""

import sys

from launch import main

sys.exit(main(sys.argv[1:]))
