"""Starts the command line as ``python -m symprop``; what it does is in `cli`."""

from __future__ import annotations

import sys

from symprop.cli import main

if __name__ == "__main__":
    sys.exit(main())
