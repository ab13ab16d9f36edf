"""Training around an Executable: data, verdicts, pictures, progress; it knows no formula and no network."""
