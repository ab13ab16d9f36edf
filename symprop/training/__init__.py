"""Training around an Executable: data, the verdict on a run, its pictures and progress; it knows no formula and no network."""
