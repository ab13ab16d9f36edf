"""What the back ends that print loop nests share: scalar expressions, names, lines of code; each language is its own."""
