"""Seconds for 1,000 bootstrap resamples of a set shaped like the GoEmotions test (5,427 x 28).

Run on one core: ``OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python benchmarks/bootstrap_speed.py``.
The labels are random; the time depends on the shape alone.
"""

from __future__ import annotations

import time

import numpy as np

from emoscope.metrics import bootstrap_intervals


def main() -> None:
    rng = np.random.default_rng(0)
    truth = rng.random((5427, 28)) < 0.042  # about 1.2 labels a text, as in GoEmotions
    predicted = rng.random(truth.shape) < 0.05
    seconds = []
    for _ in range(5):
        start = time.perf_counter()
        intervals = bootstrap_intervals("multi_label", truth, predicted, resamples=1000)
        seconds.append(time.perf_counter() - start)
    shape = f"{len(intervals)} metrics, 1,000 resamples of 5,427 x 28"
    print(f"{shape}: best of 5 {min(seconds):.3f} s")


if __name__ == "__main__":
    main()
