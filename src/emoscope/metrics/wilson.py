"""Confidence interval of a share: the score interval of Wilson.

E. B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal of the
American Statistical Association 22 (1927), 209-212. Unlike share plus or minus two standard errors
it stays inside [0, 1] and holds for few trials and for shares near 0: L. D. Brown, T. T. Cai and
A. DasGupta, "Interval estimation for a binomial proportion", Statistical Science 16 (2001), 101.
"""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from emoscope.arrays import Floats
from emoscope.errors import DecisionError
from emoscope.metrics.bootstrap import LEVEL


def wilson(
    hits: npt.ArrayLike, trials: npt.ArrayLike, level: float = LEVEL
) -> tuple[Floats, Floats]:
    """Lower and upper ends for ``hits`` of ``trials``, arrays that broadcast; NaN without trials.

    Raises :class:`DecisionError` for a level outside (0, 1).
    """
    if not 0.0 < level < 1.0:
        raise DecisionError(f"An interval of level {level} does not exist; 0.95 is usual.")
    z = NormalDist().inv_cdf((1.0 + level) / 2.0)
    n = np.asarray(trials, dtype=np.float64)
    n = np.where(n > 0, n, np.nan)
    share = np.asarray(hits, dtype=np.float64) / n
    middle = share + z**2 / (2.0 * n)
    half = z * np.sqrt(share * (1.0 - share) / n + z**2 / (4.0 * n**2))
    scale = 1.0 + z**2 / n
    low, high = (middle - half) / scale, (middle + half) / scale
    # of no hits the lower end is 0, not the rounding error of a difference; of nothing but hits, 1
    return np.where(share == 0.0, 0.0, low), np.where(share == 1.0, 1.0, high)
