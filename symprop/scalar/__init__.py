"""Calculus of scalar functions, SymPy's share of the work: declaration, parsing, output forms; no tensor and no network here."""
