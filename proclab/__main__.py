"""`python -m proclab` is the same as `proclab`."""

import sys

from proclab.cli import main

if __name__ == "__main__":
    sys.exit(main())
