"""The intermediate representation: tensors, the closed set of nodes, programs and their check; no rule and no derivative here."""
