"""Views of a derivation: per weight, in index notation, as matrices, as steps; each reads the equations and derives nothing."""
