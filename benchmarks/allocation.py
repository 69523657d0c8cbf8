"""Balance and predictability of every allocation method, by simulation, beside theory and published packages.

python -m benchmarks.allocation --trials 10000          prints the table of docs/algorithms/allocation.md

A trial has 100 starters in two arms, of whom 30 % leave. Two factors of two levels each, independent, equally
frequent. With replacement, it is seen after eight further arrivals that somebody has left; then their place is
given on, and the trial goes on until 100 people have begun who were not replaced.
The published packages join in when they are installed: pip install randomization==1.0.0 smallerize==0.5.0
"""

import argparse
import importlib.util
import io
import itertools
import os
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import redirect_stdout
from dataclasses import dataclass
from functools import cache
from math import comb, pi, sqrt
from random import Random

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "explornn_site.settings")
django.setup()

from survey.allocation import draws  # noqa: E402
from survey.allocation_rule import AllocationRule, Factor, levels_of  # noqa: E402
from survey.study_file import Arm, StudyFile  # noqa: E402

STARTERS, DROPOUT, DELAY = 100, 0.3, 8
STRATA = [f"sex={sex};age={age}" for sex, age in itertools.product("fm", ["..30", "30.."])]
FACTORS = (Factor(item="sex"), Factor(item="age", cuts=(30,)))


def _study(**rule) -> StudyFile:
    arms = tuple(Arm(id=name, condition="visual:learn") for name in "ab")
    return StudyFile.model_construct(arms=arms, allocation=AllocationRule(**rule))


METHODS = {
    "simple": _study(method="simple"),
    "permuted blocks of 4": _study(method="permuted_blocks", block_sizes=(4,)),
    "permuted blocks of 4 and 6": _study(method="permuted_blocks", block_sizes=(4, 6)),
    "stratified blocks of 4 and 6": _study(method="permuted_blocks", block_sizes=(4, 6), strata=FACTORS),
    "minimization, p = 0.8": _study(method="minimization", probability=0.8, strata=FACTORS),
    "blocks of 4 and 6, replacing": _study(method="permuted_blocks", block_sizes=(4, 6), replace_after_minutes=60),
    "minimization, replacing": _study(method="minimization", strata=FACTORS, replace_after_minutes=60),
}


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


def ours(name: str, seed: int, strata: Iterator[str]) -> Iterator[tuple[Draw, Callable[[Draw], None] | None]]:
    """Yield the draws of one trial, and how to give a place free again where the method does so."""
    study, log = METHODS[name], draws.Log()
    release = log.release if study.allocation.replace_after_minutes else None
    for sequence, stratum in enumerate(strata, start=1):
        where = stratum if study.allocation.strata else ""
        place = log.draw(study, f"{seed:x}", where)
        drawn = Draw(sequence, name, where, place.arm, place.block, place.block_size, place.place, place.replaces)
        log.add(drawn)
        yield drawn, release


def package(name: str, seed: int, strata: Iterator[str]) -> Iterator[tuple[Draw, None]]:
    """Yield the draws of one trial by a published package."""
    if name == "smallerize 0.5.0, p = 0.8":
        import random

        import smallerize

        random.seed(seed)
        with redirect_stdout(io.StringIO()):
            factors = [smallerize.Factor("sex", ["f", "m"]), smallerize.Factor("age", ["..30", "30.."])]
            arms = [smallerize.Arm("a"), smallerize.Arm("b")]
            minimizer = smallerize.Minimizer(
                factors, arms, d_imbalance_method="range", probability_method="biased_coin", preferred_p=0.8
            )
        for sequence, stratum in enumerate(strata, start=1):
            yield Draw(sequence, name, stratum, minimizer.assign_participant(levels_of(stratum))), None
        return
    from randomization import randomization

    lists = {
        "randomization 1.0.0, simple": lambda: [group - 1 for group in randomization.simple(STARTERS, 2, seed=seed)],
        "randomization 1.0.0, blocks of 4": lambda: randomization.block(STARTERS, 2, 4, seed=seed),
    }
    for sequence, (group, _) in enumerate(zip(lists[name](), strata, strict=False), start=1):
        yield Draw(sequence, name, "", "ab"[group]), None


def trial(source: Callable, name: str, seed: int) -> dict[str, float]:
    """Return |difference between the arms| of starters and finishers, and the share of arms that were guessed."""
    chance = Random(seed)  # noqa: S311 - people who arrive, not secrets
    strata = iter(lambda: chance.choice(STRATA), None)
    margins: Counter[tuple[str, str]] = Counter()
    started: dict[int, tuple[Draw, bool]] = {}  # who was not replaced: (draw, leaves)
    waiting: list[tuple[int, Draw]] = []  # (seen before which draw, who has left)
    freed: dict[str, list[Draw]] = {}
    guessed = informed = drawn_all = 0.0
    for draw, release in source(name, seed, strata):
        # The convergence strategy: the next arm is the one with fewer people, as the guesser knows the method.
        behind = sum(margins[key, "b"] - margins[key, "a"] for key in _keys(draw))
        guess = "a" if behind > 0 else "b" if behind < 0 else chance.choice("ab")
        guessed += guess == draw.arm
        gaps = freed.get(draw.stratum, [])
        informed += (gaps[0].arm if gaps and "blocks" in name else guess) == draw.arm
        drawn_all += 1
        if draw.replaces is not None:
            gaps.pop(0)
        for key in _keys(draw):
            margins[key, draw.arm] += 1
        leaves = chance.random() < DROPOUT
        started[draw.sequence] = (draw, leaves)
        if leaves and release:
            waiting.append((draw.sequence + DELAY, draw))
        while waiting and waiting[0][0] <= draw.sequence:
            _, left = waiting.pop(0)
            release(left)
            del started[left.sequence]
            freed.setdefault(left.stratum, []).append(left)
            for key in _keys(left):
                margins[key, left.arm] -= 1
        if len(started) == STARTERS and not any(freed.values() if "blocks" in name else ()):
            break
    arms = Counter(draw.arm for draw, _ in started.values())
    finished = Counter(draw.arm for draw, leaves in started.values() if not leaves)
    within = Counter((draw.stratum, draw.arm) for draw, _ in started.values())
    return {
        "starters": abs(arms["a"] - arms["b"]),
        "finishers": abs(finished["a"] - finished["b"]),
        "stratum": max(abs(within[stratum, "a"] - within[stratum, "b"]) for stratum in {key for key, _ in within}),
        "guessed": 100 * guessed / drawn_all,
        "informed": 100 * informed / drawn_all,
    }


def _keys(draw: Draw) -> list[str]:
    """Return what the guesser counts by: levels in a minimization, the stratum else."""
    if "minimization" in draw.list_sha256 or "smallerize" in draw.list_sha256:
        return draw.stratum.split(";")
    return [draw.stratum]


cached_levels = cache(levels_of)


def cache_blocks(drawn: Callable) -> Callable:
    """Return the same, without drawing a block again for each of its places."""
    last: dict = {}

    def block(study: StudyFile, *name: object) -> list:
        if last.get((id(study), *name)) is None:
            if len(last) > 100:
                last.clear()
            last[id(study), *name] = drawn(study, *name)
        return last[id(study), *name]

    return block


def _batch(arguments: tuple[bool, str, range]) -> list[dict[str, float]]:
    peer, name, seeds = arguments
    # Naming the list hashes the rule: the same for a whole trial, and not what is measured here.
    listed = {id(study): known for known, study in METHODS.items()}
    draws.list_sha256 = lambda study: listed[id(study)]
    draws.levels_of = cached_levels
    if draws._block.__name__ == "_block":
        draws._block = cache_blocks(draws._block)
    return [trial(package if peer else ours, name, seed) for seed in seeds]


def theory() -> dict[str, dict[str, float]]:
    """Return what is known without simulation; |difference| of a normal variable of SD s has the mean s·√(2/π)."""

    def normal(variance: float) -> float:
        return sqrt(variance) * sqrt(2 / pi)

    def block(size: int) -> float:  # right guesses in a block: Blackwell & Hodges 1957
        half = size // 2
        return half + (2**size / comb(size, half) - 1) / 2

    stay = 1 - DROPOUT
    simple, blocks = STARTERS * stay, STARTERS * stay * DROPOUT
    return {
        "simple": {"starters": normal(STARTERS), "finishers": normal(simple), "guessed": 50},
        "permuted blocks of 4": {"starters": 0, "finishers": normal(blocks), "guessed": 100 * block(4) / 4},
        "permuted blocks of 4 and 6": {"finishers": normal(blocks), "guessed": 10 * (block(4) + block(6))},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=10_000)
    trials = parser.parse_args().trials
    names = [(False, name) for name in METHODS]
    if importlib.util.find_spec("randomization"):
        names += [(True, "randomization 1.0.0, simple"), (True, "randomization 1.0.0, blocks of 4")]
    if importlib.util.find_spec("smallerize"):
        names += [(True, "smallerize 0.5.0, p = 0.8")]
    begun, expected = time.monotonic(), theory()
    print("| method | starters | finishers | worst stratum | guessed | drop-outs known |\n|---|---|---|---|---|---|")
    with ProcessPoolExecutor() as pool:
        for peer, name in names:
            batches = pool.map(_batch, [(peer, name, range(at, min(at + 250, trials))) for at in range(0, trials, 250)])
            results = [result for batch in batches for result in batch]
            cells = []
            for column in ("starters", "finishers", "stratum"):
                values = sorted(result[column] for result in results)
                cells.append(f"{statistics.mean(values):.1f} ({values[int(0.95 * len(values))]:.0f})")
            for column in ("guessed", "informed"):
                cells.append(f"{statistics.mean(result[column] for result in results):.1f} %")
            print(f"| {name} | {' | '.join(cells)} |", flush=True)
            if not peer and name in expected:
                told = {column: f"{value:.1f}" for column, value in expected[name].items()}
                cells = [told.get("starters", ""), told["finishers"], "", f"{told['guessed']} %", ""]
                print(f"| *{name}, theory* | {' | '.join(cells)} |")
    print(f"{trials} trials each, {time.monotonic() - begun:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
