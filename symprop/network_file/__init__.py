"""Reads networks: a built-in example, a TOML file or a shorthand becomes a NetworkSpec or an EquationsSpec."""

from __future__ import annotations

from symprop.network_file.load import declared, load

__all__ = ["declared", "load"]
