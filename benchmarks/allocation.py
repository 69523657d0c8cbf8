"""Balance and predictability of every allocation method, by simulation, beside theory, other rules and packages.

python -m benchmarks.allocation          prints the tables of docs/algorithms/allocation.md, in some minutes

A trial has 100 starters in two arms, of whom 30 % leave. Two factors of two levels each, independent, equally
frequent. That somebody has left is seen after eight further arrivals. With replacement, their place is then given
on, and the trial goes on until 100 people have begun who were not replaced.
The published packages live beside the other peers:
pip install --no-deps --target benchmarks/.peers/allocation randomization==1.0.0 smallerize==0.5.0
"""

import argparse
import io
import itertools
import os
import random
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import redirect_stdout
from dataclasses import dataclass
from functools import cache, partial
from operator import attrgetter
from pathlib import Path
from random import Random
from unittest.mock import patch

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "explornn_site.settings")
django.setup()

from benchmarks import allocation_theory as theory  # noqa: E402
from survey.allocation import draws  # noqa: E402
from survey.allocation_rule import AllocationRule, Factor, levels_of  # noqa: E402
from survey.study_file import Arm, StudyFile  # noqa: E402

STARTERS, DROPOUT, DELAY = 100, 0.3, 8
STRATA = [f"sex={sex};age={age}" for sex, age in itertools.product("fm", ["..30", "30.."])]
FACTORS = (Factor(item="sex"), Factor(item="age", cuts=(30,)))
PACKAGES = Path(__file__).parent / ".peers" / "allocation"
COLUMNS = ("starters", "finishers", "stratum", "guessed", "informed")


@dataclass
class Draw:
    sequence: int
    list_sha256: str
    stratum: str
    arm: str
    block: int = 1
    block_size: int = 1
    place: int = 1
    replaces: int | None = None


class Ours:
    """A method of the platform, drawn by the platform's own code."""

    def __init__(self, rule: AllocationRule, seed: int):
        arms = tuple(Arm(id=name, condition="visual:learn") for name in "ab")
        self._study = StudyFile.model_construct(name=str(rule), arms=arms, allocation=rule)
        self._seed, self._rule, self._log = f"{seed:x}", rule, draws.Log()

    def draw(self, stratum: str) -> Draw:
        where = ("all=1" if self._rule.strata == COIN else stratum) if self._rule.strata else ""
        place = self._log.draw(self._study, self._seed, where)
        drawn = Draw(
            self._log.sequence + 1, self._study.name, where, place.arm, place.block, place.block_size, place.place
        )
        drawn.replaces = place.replaces
        self._log.add(drawn)
        return drawn

    def left(self, draw: Draw) -> bool:
        """Learn that somebody has left; tell whether their place is given on."""
        if self._rule.replace_after_minutes:
            self._log.release(draw)
        return bool(self._rule.replace_after_minutes)


class Listed:
    """Arms from a list or a generator that knows nothing of who comes and goes."""

    def __init__(self, make: Callable[[int], Iterator[str]], seed: int):
        self._arms, self._sequence = make(seed), 0

    def draw(self, stratum: str) -> Draw:
        self._sequence += 1
        return Draw(self._sequence, "", "", next(self._arms))

    def left(self, draw: Draw) -> bool:
        return False


class LeastFilled:
    """The arm with the fewest people who have not left, as far as that is seen by now; ties by chance."""

    def __init__(self, seed: int):
        self._chance, self._filled, self._sequence = Random(seed), Counter(a=0, b=0), 0  # noqa: S311

    def draw(self, stratum: str) -> Draw:
        least = min(self._filled.values())
        arm = self._chance.choice([arm for arm in "ab" if self._filled[arm] == least])
        self._filled[arm] += 1
        self._sequence += 1
        return Draw(self._sequence, "", "", arm)

    def left(self, draw: Draw) -> bool:
        self._filled[draw.arm] -= 1
        return False


class Smallerize:
    """Minimization by the package `smallerize`: range, biased coin."""

    def __init__(self, seed: int):
        import smallerize

        random.seed(seed)
        with redirect_stdout(io.StringIO()):
            self._minimizer = smallerize.Minimizer(
                [smallerize.Factor("sex", ["f", "m"]), smallerize.Factor("age", ["..30", "30.."])],
                [smallerize.Arm("a"), smallerize.Arm("b")],
                d_imbalance_method="range",
                probability_method="biased_coin",
                preferred_p=0.8,
            )
        self._sequence = 0

    def draw(self, stratum: str) -> Draw:
        self._sequence += 1
        return Draw(self._sequence, "", stratum, self._minimizer.assign_participant(cached_levels(stratum)))

    def left(self, draw: Draw) -> bool:
        return False


def _packaged_simple(seed: int) -> Iterator[str]:
    from randomization import randomization

    return iter("ab"[group - 1] for group in randomization.simple(STARTERS, 2, seed=seed))


def _packaged_blocks(seed: int) -> Iterator[str]:
    from randomization import randomization

    return iter("ab"[group] for group in randomization.block(STARTERS, 2, 4, seed=seed))


def _choices(seed: int) -> Iterator[str]:
    chance = Random(f"choice/{seed}")  # noqa: S311 - not the numbers that the package below draws
    return iter(lambda: chance.choice("ab"), None)


def _ours(**rule) -> Callable[[int], Ours]:
    return partial(Ours, AllocationRule(**rule))


COIN = (Factor(item="all"),)
BLOCKS, REPLACING = {"method": "permuted_blocks"}, {"replace_after_minutes": 60}
METHODS: dict[str, Callable] = {
    "simple": _ours(method="simple"),
    "blocks of 4": _ours(**BLOCKS, block_sizes=(4,)),
    "blocks of 4 and 6": _ours(**BLOCKS, block_sizes=(4, 6)),
    "stratified blocks of 4": _ours(**BLOCKS, block_sizes=(4,), strata=FACTORS),
    "stratified blocks of 4 and 6": _ours(**BLOCKS, block_sizes=(4, 6), strata=FACTORS),
    "minimization, p = 0.8": _ours(method="minimization", probability=0.8, strata=FACTORS),
    "the same, one factor of one level": _ours(method="minimization", probability=0.8, strata=COIN),
    "simple, replacing": _ours(method="simple", **REPLACING),
    "blocks of 4, replacing": _ours(**BLOCKS, block_sizes=(4,), **REPLACING),
    "blocks of 4 and 6, replacing": _ours(**BLOCKS, block_sizes=(4, 6), **REPLACING),
    "stratified blocks of 4 and 6, replacing": _ours(**BLOCKS, block_sizes=(4, 6), strata=FACTORS, **REPLACING),
    "minimization, replacing": _ours(method="minimization", strata=FACTORS, **REPLACING),
    "in turn, as oTree's cycle": partial(Listed, lambda seed: itertools.cycle("ab")),
    "random.choice": partial(Listed, _choices),
    "least filled": LeastFilled,
}
PEERS: dict[str, Callable] = {
    "randomization 1.0.0, simple": partial(Listed, _packaged_simple),
    "randomization 1.0.0, blocks of 4": partial(Listed, _packaged_blocks),
    "smallerize 0.5.0, minimization, p = 0.8": Smallerize,
}


def trial(method: Callable, seed: int) -> dict[str, float]:
    """Return |difference between the arms| of starters and finishers, and the share of arms that were guessed."""
    source, chance = method(seed), Random(f"people/{seed}")  # noqa: S311 - people who arrive, not secrets
    drawn: Counter[tuple[str, str]] = Counter()  # all draws that a guesser has seen
    still: Counter[tuple[str, str]] = Counter()  # those of them whose people are not seen to have left
    started: dict[int, tuple[Draw, bool]] = {}  # who was not replaced: (draw, leaves)
    waiting: list[Draw] = []  # have left, not seen yet
    freed: dict[str, list[Draw]] = {}
    guessed = informed = 0.0
    while len(started) < STARTERS or any(freed.values()):
        draw = source.draw(chance.choice(STRATA))
        # The convergence strategy: the next arm is the one with fewer people, as the guesser knows the method.
        keys, coin = _keys(draw), chance.choice("ab")
        guessed += _behind(drawn, keys, coin) == draw.arm
        gaps = freed.get(draw.stratum, [])
        informed += (gaps[0].arm if gaps else _behind(still, keys, coin)) == draw.arm
        if draw.replaces is not None:
            gaps.pop(0)
        for key in keys:
            drawn[key, draw.arm] += 1
            still[key, draw.arm] += 1
        leaves = chance.random() < DROPOUT
        started[draw.sequence] = (draw, leaves)
        if leaves:
            waiting.append(draw)
        while waiting and waiting[0].sequence + DELAY <= draw.sequence:
            gone = waiting.pop(0)
            replaced = source.left(gone)
            if replaced:
                del started[gone.sequence]
            if replaced and source._rule.method != "minimization":
                freed.setdefault(gone.stratum, []).append(gone)
            # Without replacement, who leaves changes nothing in the draws, and a guesser forgets nobody.
            if replaced or isinstance(source, LeastFilled):
                for key in _keys(gone):
                    still[key, gone.arm] -= 1
    number = draw.sequence
    arms = Counter(draw.arm for draw, _ in started.values())
    finished = Counter(draw.arm for draw, leaves in started.values() if not leaves)
    within = Counter((draw.stratum, draw.arm) for draw, _ in started.values())
    return {
        "starters": abs(arms["a"] - arms["b"]),
        "finishers": abs(finished["a"] - finished["b"]),
        "stratum": max(abs(within[stratum, "a"] - within[stratum, "b"]) for stratum in {key for key, _ in within}),
        "guessed": 100 * guessed / number,
        "informed": 100 * informed / number,
    }


def _behind(margins: Counter[tuple[str, str]], keys: list[str], coin: str) -> str:
    """Return the arm that is behind by these margins, else what the coin says."""
    behind = sum(margins[key, "b"] - margins[key, "a"] for key in keys)
    return "a" if behind > 0 else "b" if behind < 0 else coin


def _keys(draw: Draw) -> list[str]:
    """Return what the guesser counts by: levels in a minimization, the stratum else."""
    blocks = "permuted_blocks" in draw.list_sha256
    return [draw.stratum] if blocks else draw.stratum.split(";")


cached_levels = cache(levels_of)


def cache_blocks(drawn: Callable) -> Callable:
    """Return the same, without drawing a block again for each of its places."""
    last: dict = {}

    def block(study: StudyFile, *name: object) -> list:
        if last.get(name) is None:
            if len(last) > 100:
                last.clear()
            last[name] = drawn(study, *name)
        return last[name]

    return block


def batch(name: str, seeds: range) -> list[dict[str, float]]:
    """Return the results of some trials of a method or a peer."""
    if str(PACKAGES) not in sys.path:
        sys.path.append(str(PACKAGES))  # behind our own packages
    # Naming the list hashes the rule: the same for a whole trial, and not what is measured here.
    quick = {"list_sha256": attrgetter("name"), "levels_of": cached_levels, "_block": cache_blocks(draws._block)}
    with patch.multiple(draws, **quick):
        return [trial((METHODS | PEERS)[name], seed) for seed in seeds]


@cache
def expected() -> dict[str, dict[str, float]]:
    """Return what is known exactly, of the methods for which it is."""

    def told(found: tuple[theory.Distribution, float], worst: theory.Distribution | None = None) -> dict[str, float]:
        worst = worst or found[0]
        stratum = {"stratum": theory.mean(worst), "stratum_95": theory.percentile(worst)}
        return theory.summary(found[0], STARTERS, DROPOUT, found[1]) | stratum

    def stratified(*sizes: int) -> dict[str, float]:
        apart, right, worst = theory.stratified(sizes, STARTERS, len(STRATA))
        return told((apart, right), worst)

    def last(*sizes: int) -> tuple[theory.Distribution, float]:
        return list(theory.blocks(sizes, STARTERS))[-1]

    minimized = told(theory.minimization(0.8, STARTERS))
    del minimized["stratum"], minimized["stratum_95"]  # the margins do not tell them
    return {
        "simple": told(theory.simple(STARTERS)),
        "blocks of 4": told(last(4)),
        "blocks of 4 and 6": told(last(4, 6)),
        "stratified blocks of 4": stratified(4),
        "stratified blocks of 4 and 6": stratified(4, 6),
        "minimization, p = 0.8": minimized,
        "the same, one factor of one level": told(theory.biased_coin(0.8, STARTERS)),
        "in turn, as oTree's cycle": told(theory.cycle(STARTERS)),
    }


def summed(results: list[dict[str, float]]) -> dict[str, float]:
    """Return means, 95th percentiles and standard errors of the means over the trials."""
    found = {}
    for column in COLUMNS:
        values = sorted(result[column] for result in results)
        found[column] = statistics.fmean(values)
        found[f"{column}_95"] = values[max(0, -(-95 * len(values) // 100) - 1)]
        found[f"{column}_error"] = statistics.stdev(values) / len(values) ** 0.5
    return found


def row(name: str, found: dict[str, float]) -> str:
    """Return a row of the table: mean (95th percentile) of differences, per cent of guesses; empty: not known."""
    cells = [f"{found[key]:.2f} ({found[f'{key}_95']:.0f})" if key in found else "" for key in COLUMNS[:3]]
    cells += [f"{found[key]:.1f} %" if key in found else "" for key in COLUMNS[3:]]
    return f"| {name} | {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=10_000)
    trials = parser.parse_args().trials
    names = list(METHODS)
    if PACKAGES.exists():
        names += list(PEERS)
    else:
        print(f"MISSING {', '.join(PEERS)}", file=sys.stderr)
    begun, known = time.monotonic(), expected()
    furthest, error = 0.0, 0.0
    print("| method | starters | finishers | worst stratum | guessed | drop-outs known |\n|---|---|---|---|---|---|")
    with ProcessPoolExecutor() as pool:
        for name in names:
            batches = [range(at, min(at + 250, trials)) for at in range(0, trials, 250)]
            found = summed([result for done in pool.map(partial(batch, name), batches) for result in done])
            print(row(name, found), flush=True)
            error = max(error, *(found[f"{column}_error"] for column in COLUMNS[:3]))
            if name in known:
                print(row(f"*{name}: theory*", known[name]))
                for column in COLUMNS:
                    if column in known[name] and found[f"{column}_error"]:
                        apart = abs(found[column] - known[name][column]) / found[f"{column}_error"]
                        furthest = max(furthest, apart)
    print(
        f"{trials} trials each, {time.monotonic() - begun:.0f} s; standard error of a mean difference at most "
        f"{error:.2f}; furthest from theory: {furthest:.1f} standard errors",
        file=sys.stderr,
    )


if __name__ == "__main__":
    main()
