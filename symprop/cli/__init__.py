"""The command line: parses, calls the library, prints; each command has a module, and nothing is worked out here."""

from __future__ import annotations

from symprop.cli.app import main

__all__ = ["main"]
