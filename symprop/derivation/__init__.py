"""The chain rule: sweep, pullbacks, unrolling, verification; what it finds is printed and compiled elsewhere."""
