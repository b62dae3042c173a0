"""The tokenizer port, WordPiece in plain Python, other tokenizers, and windows over long texts."""
