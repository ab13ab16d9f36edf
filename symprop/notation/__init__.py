"""What quantities are called and how formulas print: names, packs, the formula tree, plain text, LaTeX, layout."""
