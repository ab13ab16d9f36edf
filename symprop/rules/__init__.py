"""Declarations, one table each: activations, losses, optimizers, schedules; nothing here differentiates."""
