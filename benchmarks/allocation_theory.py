"""What is known exactly of each method, without simulation: two arms, drop-out independent of arm and method.

D is the difference between the arms among the first n starters. `walk` of a method gives its distribution, and how
often the convergence strategy guesses rightly. Of n starters with the difference D, (n + D) / 2 and (n - D) / 2 are
in the arms, and each finishes with the same probability: the rest follows.
"""

from collections.abc import Iterator
from itertools import product
from math import comb, factorial

import numpy as np

Distribution = dict[int, float]  # {difference: probability}
REACH = 24  # margins of a minimization further apart than this have a probability below 1e-9


def summary(difference: Distribution, starters: int, dropout: float, right: float) -> dict[str, float]:
    """Return mean and 95th percentile of |difference| among starters and finishers, and % guessed rightly."""
    finishers = finishing(difference, starters, dropout)
    return {
        "starters": mean(difference),
        "starters_95": percentile(difference),
        "finishers": mean(finishers),
        "finishers_95": percentile(finishers),
        "guessed": 100 * right / starters,
    }


def mean(difference: Distribution) -> float:
    return sum(abs(value) * probability for value, probability in difference.items())


def percentile(difference: Distribution, share: float = 0.95) -> int:
    """Return the least |difference| that is not exceeded with this probability."""
    reached = 0.0
    for size in range(max(map(abs, difference)) + 1):
        reached += sum(difference.get(value, 0) for value in {size, -size})
        if reached >= share - 1e-12:
            return size
    return max(map(abs, difference))


def finishing(difference: Distribution, starters: int, dropout: float) -> Distribution:
    """Return the distribution of the difference among those who finish."""
    found: Distribution = {}
    for apart, probability in difference.items():
        both = np.convolve(
            _binomial((starters + apart) // 2, 1 - dropout), _binomial((starters - apart) // 2, 1 - dropout)[::-1]
        )
        for index, share in enumerate(both):
            value = index - (starters - apart) // 2
            found[value] = found.get(value, 0) + probability * share
    return found


def _binomial(number: int, share: float) -> np.ndarray:
    return np.array([comb(number, k) * share**k * (1 - share) ** (number - k) for k in range(number + 1)])


def simple(starters: int) -> tuple[Distribution, float]:
    """Return the distribution of D, and the expected number of right guesses."""
    return {2 * k - starters: comb(starters, k) / 2**starters for k in range(starters + 1)}, starters / 2


def cycle(starters: int) -> tuple[Distribution, float]:
    """One arm after the other, in turn: every second one is behind, and at the others a coin decides."""
    return {starters % 2: 1.0}, starters * 0.75


def blocks(sizes: tuple[int, ...], most: int) -> Iterator[tuple[Distribution, float]]:
    """Yield for 0, 1, ... `most` draws the distribution of D, and the expected number of right guesses so far.

    A block of size s with p places used and the arms d apart has (s - p + d) / 2 places of the arm that is behind
    left. Blackwell & Hodges 1957 give its whole: m + (4^m / C(2m, m) - 1) / 2 of 2m are guessed rightly.
    """
    states = {(size, 0, 0): 1 / len(sizes) for size in sizes}
    right = 0.0
    for _ in range(most + 1):
        apart: Distribution = {}
        for (_, _, d), probability in states.items():
            apart[d] = apart.get(d, 0) + probability
        yield apart, right
        following: dict[tuple[int, int, int], float] = {}
        for (size, used, d), probability in states.items():
            left = size - used
            second = (left + d) / 2 / left  # the share of the second arm among the places that are left
            right += probability * max(second, 1 - second)
            for step, share in ((1, 1 - second), (-1, second)):
                if share:
                    full = used + 1 == size
                    for after in [(new, 0, 0) for new in sizes] if full else [(size, used + 1, d + step)]:
                        part = probability * share / (len(sizes) if full else 1)
                        following[after] = following.get(after, 0) + part
        states = following


def stratified(sizes: tuple[int, ...], starters: int, strata: int) -> tuple[Distribution, float, Distribution]:
    """Return the same for blocks in equally frequent strata, and the distribution of the worst stratum's |D|.

    How many come into each stratum is multinomial: polynomials in x^n / n!, multiplied.
    """
    walked = list(blocks(sizes, starters))
    ranges = range(-max(sizes) // 2, max(sizes) // 2 + 1)
    one = {d: np.array([apart.get(d, 0) / factorial(n) for n, (apart, _) in enumerate(walked)]) for d in ranges}

    def product_of(first: dict[int, np.ndarray], second: dict[int, np.ndarray]) -> dict[int, np.ndarray]:
        found: dict[int, np.ndarray] = {}
        for (d, left), (e, rest) in product(first.items(), second.items()):
            found[d + e] = found.get(d + e, 0) + np.convolve(left, rest)[: starters + 1]
        return found

    def of_all(each: dict[int, np.ndarray]) -> Distribution:
        whole = each
        for _ in range(strata - 1):
            whole = product_of(whole, each)
        scale = factorial(starters) / strata**starters
        return {d: float(terms[starters]) * scale for d, terms in whole.items()}

    within = [
        sum(of_all({d: one[d] for d in ranges if abs(d) <= most}).values()) for most in range(len(ranges) // 2 + 1)
    ]
    worst = {size: share - (within[size - 1] if size else 0) for size, share in enumerate(within)}
    come = _binomial(starters, 1 / strata)
    right = strata * sum(share * expected for share, (_, expected) in zip(come, walked, strict=True))
    return of_all(one), right, worst


def minimization(probability: float, starters: int) -> tuple[Distribution, float]:
    """Return the same for minimization with two factors of two equally frequent levels, by range.

    A Markov chain in the margins (first level of the first factor, its second level, first level of the second
    factor): how far apart the arms are in each; the fourth margin follows from these.
    """
    at = np.arange(-REACH, REACH + 1)
    f, m, y = np.meshgrid(at, at, at, indexing="ij")
    o = f + m - y
    chance = np.zeros(f.shape)
    chance[REACH, REACH, REACH] = 1.0
    right = 0.0
    moves = []
    for margins, axes in (((f, y), (0, 2)), ((f, o), (0,)), ((m, y), (1, 2)), ((m, o), (1,))):
        first = sum(abs(margin + 1) for margin in margins) - sum(abs(margin - 1) for margin in margins)
        drawn = np.where(first < 0, probability, np.where(first > 0, 1 - probability, 0.5))
        behind = sum(margins)
        moves.append((drawn, np.where(behind < 0, drawn, np.where(behind > 0, 1 - drawn, 0.5)), axes))
    for _ in range(starters):
        following = np.zeros(f.shape)
        for drawn, guessed, axes in moves:
            right += float((chance * guessed).sum()) / 4
            following += np.roll(chance * drawn, 1, axes) / 4 + np.roll(chance * (1 - drawn), -1, axes) / 4
        chance = following
    apart: Distribution = {}
    for d in range(-2 * REACH, 2 * REACH + 1):
        if share := float(chance[f + m == d].sum()):
            apart[d] = share
    return apart, right


def biased_coin(probability: float, starters: int) -> tuple[Distribution, float]:
    """Return the same for minimization with one factor of one level: Efron's biased coin."""
    apart: Distribution = {0: 1.0}
    right = 0.0
    for _ in range(starters):
        following: Distribution = {}
        for d, share in apart.items():
            first = 0.5 if d == 0 else probability if d < 0 else 1 - probability
            right += share * (0.5 if d == 0 else probability)
            following[d + 1] = following.get(d + 1, 0) + share * first
            following[d - 1] = following.get(d - 1, 0) + share * (1 - first)
        apart = following
    return apart, right
