"""The live part of a page: what one network computes, generated as JavaScript, and what a reader does with it."""
