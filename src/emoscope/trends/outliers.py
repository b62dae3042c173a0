"""Times far from all others, such as 1970-01-01 where a time was missing."""

from __future__ import annotations

import numpy as np

from emoscope.trends.periods import DAY, Numbers

_YEAR = 366 * DAY
_FEW = 20
"""At most one text in so many is far away; more of them are a part of the data."""


def main_range(starts: Numbers, texts: Numbers) -> tuple[int, int]:
    """First and last position of the periods without the outlying ones.

    ``starts`` (n,) are in seconds, in order, with the ``texts`` (n,) of each. Outlying is what has
    few texts and lies more than a year, and more than all others span, away from them.
    """
    first, last = 0, len(starts) - 1
    total = int(texts.sum())
    while first < last:
        gaps = np.diff(starts[first : last + 1])
        before = first + int(gaps.argmax())  # the last period before the longest gap
        left = int(texts[first : before + 1].sum())
        right = int(texts[before + 1 : last + 1].sum())
        kept = (before + 1, last) if left <= right else (first, before)
        span = int(starts[kept[1]] - starts[kept[0]])
        if min(left, right) > max(1, total // _FEW) or gaps.max() <= max(_YEAR, span):
            break
        first, last = kept
    return first, last
