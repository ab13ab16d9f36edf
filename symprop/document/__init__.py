"""The derivation as a document: headings, prose, equations and tables as data; how they look is the renderers' affair."""
