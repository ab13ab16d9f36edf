"""Training around an Executable: data, the loop, verdicts, pictures; it knows no formula."""
