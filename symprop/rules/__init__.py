"""Declarations, one table each: activations, losses, layers, optimizers; nothing here differentiates."""
