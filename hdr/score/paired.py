"""Whether one model is better than another on the same pictures, or only luckier; and how much luck a seed is."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest


@dataclass(frozen=True)
class PairedComparison:
    """Two models on the same pictures.

    Attributes:
        only_first: Pictures that the first alone reads right.
        only_second: Pictures that the second alone reads right.
        difference: Accuracy of the first less that of the second, -1..1.
        low: Lower end of the difference's 95 % interval.
        high: Upper end of it.
        p_value: Chance of a difference at least as large if both were equally good.
    """

    only_first: int
    only_second: int
    difference: float
    low: float
    high: float
    p_value: float


def compare_paired(
    first_right: NDArray[np.bool_], second_right: NDArray[np.bool_], *, draws: int = 10_000, seed: int = 1
) -> PairedComparison:
    """McNemar's exact test (McNemar 1947) and a paired bootstrap of the difference (Efron 1979).

    The bootstrap draws how many pictures the first alone, the second alone, and both or neither read right, which is
    the same as drawing the pictures.

    Args:
        first_right: (N,), whether the first model read each picture right; N > 0.
        second_right: (N,), the same of the second.
        draws: Bootstrap samples.
        seed: Of the draws.

    Raises:
        ValueError: The lengths differ or are 0.
    """
    n = len(first_right)
    if n == 0 or len(second_right) != n:
        raise ValueError(f"expected two answers for each picture, got {n} and {len(second_right)}")
    only_first, only_second = int((first_right & ~second_right).sum()), int((~first_right & second_right).sum())
    alike = n - only_first - only_second
    kinds = np.random.default_rng(seed).multinomial(n, np.array([only_first, only_second, alike]) / n, draws)
    low, high = np.quantile((kinds[:, 0] - kinds[:, 1]) / n, [0.025, 0.975])
    return PairedComparison(
        only_first,
        only_second,
        (only_first - only_second) / n,
        float(low),
        float(high),
        mcnemar(only_first, only_second),
    )


def mcnemar(only_first: int, only_second: int) -> float:
    """p-value of McNemar's exact test, two-sided, from the numbers of pictures that one model alone reads right."""
    discordant = only_first + only_second
    return float(binomtest(only_first, discordant, 0.5).pvalue) if discordant else 1.0
