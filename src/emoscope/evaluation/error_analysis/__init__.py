"""Error analysis that one can act on: which texts, which labels, which kinds of text."""
