"""Typographic punctuation to that of ASCII."""

from __future__ import annotations

QUOTES = str.maketrans(
    dict.fromkeys("‘’‚‛′´ʼ＇", "'")
    | dict.fromkeys("“”„‟″«»‹›❝❞＂", '"')
    | dict.fromkeys("‐‑‒–—―−", "-")
)
