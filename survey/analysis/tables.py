"""All results as tables of printed texts: what the report shows, the files hold and the scripts in R write too."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .ancova import Ancova, ancova
from .compare import (
    Difference,
    Equivalence,
    Tested,
    describe,
    difference,
    equal_variances,
    equivalence,
    holm,
    normality,
)
from .data import SETS, Data, Rows, values
from .printing import number, probability
from .reliability import item_rest, reliability

EASY, HARD, WEAK, RARE = 0.85, 0.30, 0.20, 5.0  # beyond, an item or a distractor is worth a look


@dataclass(frozen=True)
class Table:
    name: str
    columns: list[str]
    rows: list[list[str]]

    def records(self, **where: str) -> list[dict[str, str]]:
        """Return the rows as {column: text}, those with these texts in these columns."""
        rows = [dict(zip(self.columns, row, strict=True)) for row in self.rows]
        return [row for row in rows if all(row[key] == value for key, value in where.items())]


@dataclass(frozen=True)
class Result:
    """A hypothesis in one set of participants, as its own test has it."""

    set: str
    hypothesis: dict[str, str]
    outcome: Difference | Equivalence | Ancova
    assumptions: dict[str, Tested | None]
    p_holm: float | None = None

    @property
    def verdict(self) -> str:
        """Return whether the hypothesis is supported at its level, after Holm's adjustment."""
        if self.p_holm is None or self.outcome.difference is None:
            return "not_computed"
        if self.p_holm >= float(self.hypothesis["alpha"]):
            return "not_supported"
        above = self.outcome.difference > 0
        expected = {"greater": above, "less": not above}
        return "supported" if expected.get(self.hypothesis["direction"], True) else "opposite"


class Results:
    """Everything that is computed from an export."""

    def __init__(self, data: Data):
        self.data = data

    @cached_property
    def tables(self) -> list[Table]:
        """Return all tables, in the order of a report."""
        makers: list[Callable[[], Table]] = [
            self._analysed,
            self._outcomes,
            self._differences,
            self._ancovas,
            self._equivalences,
            self._verdicts,
            self._assumptions,
            self._reliabilities,
            self._items,
            self._distractors,
        ]
        return [make() for make in makers]

    def table(self, name: str) -> Table:
        """Return the table of this name."""
        return next(table for table in self.tables if table.name == name)

    def _analysed(self) -> Table:
        """Return how many of each arm are in each set, and why the others are not; a row adds up."""
        columns = ["arm", "allocated", "erased", "excluded", "itt", "not_finished", "deviating", "pp"]
        rows = []
        for arm in self.data.arms:
            allocated = [row for row in self.data.participants if row["arm"] == arm]
            kept, proper = (self.data.sets[name][arm] for name in SETS)
            erased = sum(row["status"] == "erased" for row in allocated)
            unfinished = sum(not row["finished_at"] for row in kept)
            counts = [
                len(allocated),
                erased,
                len(allocated) - erased - len(kept),
                len(kept),
                unfinished,
                len(kept) - unfinished - len(proper),
                len(proper),
            ]
            rows.append([arm, *map(str, counts)])
        return Table("analysed", columns, rows)

    def _outcomes(self) -> Table:
        """Return what each score and derived measure is like in each arm."""
        columns = _named("set outcome arm n missing mean sd mean_low mean_high median minimum maximum")
        rows = []
        for name, outcome in self._sets_and_outcomes():
            for arm, people in self.data.sets[name].items():
                found = describe(values(people, outcome))
                ends = (found.median, found.minimum, found.maximum)
                numbers = (found.mean, found.sd, found.low, found.high, *ends)
                missing = str(len(people) - found.n)
                rows.append([name, outcome, arm, str(found.n), missing, *map(number, numbers)])
        return Table("outcomes", columns, rows)

    def _differences(self) -> Table:
        """Return every outcome of every pair of arms compared, without regard to the hypotheses."""
        columns = _named(
            "set outcome arm_1 arm_2 n_1 n_2 difference low high t df p g g_low g_high u u_p rank_biserial why"
        )
        rows = []
        for name, outcome in self._sets_and_outcomes():
            for pair in self.data.pairs:
                x, y = (values(self.data.sets[name].get(arm, []), outcome) for arm in pair)
                found = difference(x, y)
                numbers = (found.difference, found.low, found.high, found.t, found.df)
                sizes = (found.g, found.g_low, found.g_high)
                ranked = (number(found.u, 1), probability(found.u_p), number(found.rank_biserial))
                named = [name, outcome, *pair, str(len(x)), str(len(y))]
                rows.append(
                    [*named, *map(number, numbers), probability(found.p), *map(number, sizes), *ranked, found.why]
                )
        return Table("differences", columns, rows)

    def _ancovas(self) -> Table:
        """Return the hypotheses that an analysis of covariance decides on."""
        columns = _named(
            "set hypothesis outcome covariate arm_1 arm_2 n_1 n_2 adjusted_1 adjusted_2 difference low high t df p "
            "partial_eta_squared slope why"
        )
        rows = []
        for result in self._of(Ancova):
            found, stated = result.outcome, result.hypothesis
            assert isinstance(found, Ancova)  # noqa: S101 - said to the type checker
            numbers = (found.mean_1, found.mean_2, found.difference, found.low, found.high, found.t)
            named = [stated[key] for key in ("hypothesis", "outcome", "covariate", "arm_1", "arm_2")]
            rest = (
                number(found.df, 0),
                probability(found.p),
                number(found.partial_eta_squared, 3),
                number(found.slope),
            )
            sizes = (str(found.n_1), str(found.n_2))
            rows.append([result.set, *named, *sizes, *map(number, numbers), *rest, found.why])
        return Table("ancovas", columns, rows)

    def _equivalences(self) -> Table:
        """Return the hypotheses of equivalence; the interval is that of 1 - 2 alpha."""
        columns = _named(
            "set hypothesis outcome arm_1 arm_2 lower_bound upper_bound difference low high df t_lower p_lower "
            "t_upper p_upper p why"
        )
        rows = []
        for result in self._of(Equivalence):
            found, stated = result.outcome, result.hypothesis
            assert isinstance(found, Equivalence)  # noqa: S101 - said to the type checker
            named = [stated[key] for key in ("hypothesis", "outcome", "arm_1", "arm_2")]
            bounds = [number(float(stated[key])) for key in ("lower_bound", "upper_bound")]
            numbers = (found.difference, found.low, found.high, found.df, found.t_lower)
            upper = (number(found.t_upper), probability(found.p_upper), probability(found.p))
            tested = (*map(number, numbers), probability(found.p_lower), *upper)
            rows.append([result.set, *named, *bounds, *tested, found.why])
        return Table("equivalences", columns, rows)

    def _verdicts(self) -> Table:
        """Return what became of each hypothesis."""
        columns = ["set", "hypothesis", "family", "test", "p", "p_holm", "alpha", "verdict"]
        rows = []
        for result in self.results:
            named = [result.hypothesis[key] for key in ("hypothesis", "family", "test")]
            level = number(float(result.hypothesis["alpha"]), 3)
            ps = (probability(result.outcome.p), probability(result.p_holm))
            rows.append([result.set, *named, *ps, level, result.verdict])
        return Table("verdicts", columns, rows)

    def _assumptions(self) -> Table:
        """Return the tests of what each test assumes; empty where they cannot be computed."""
        rows = []
        for result in self.results:
            for check, found in result.assumptions.items():
                named = [result.set, result.hypothesis["hypothesis"], check]
                numbers = (
                    [number(found.statistic, 3), number(found.df_1, 0), number(found.df_2, 0)] if found else [""] * 3
                )
                rows.append([*named, *numbers, probability(found.p if found else None)])
        return Table("assumptions", ["set", "hypothesis", "check", "statistic", "df_1", "df_2", "p"], rows)

    def _reliabilities(self) -> Table:
        """Return how reliable each score is, in the set by intention to treat, all arms together."""
        rows = []
        for score in self.data.measures:
            found = reliability(self._answers(score))
            numbers = (found.alpha, found.low, found.high, found.omega, found.spearman_brown)
            rows.append([score, str(found.items), str(found.n), *map(number, numbers), found.why])
        columns = ["score", "items", "n", "alpha", "alpha_low", "alpha_high", "omega", "spearman_brown", "why"]
        return Table("reliabilities", columns, rows)

    def _items(self) -> Table:
        """Return how each item works within each score; the difficulty is the share of what could be reached."""
        rows = []
        for score, items in self.data.measures.items():
            answers = self._answers(score)
            for place, item in enumerate(items):
                column = answers[:, place]
                tested = item["method"] in ("percent_correct", "percent_rated")
                low, high = float(item["minimum"]), float(item["maximum"])
                n, mean = len(column), float(column.mean()) if len(column) else None
                difficulty = number((mean - low) / (high - low)) if tested and mean is not None else ""
                r = number(item_rest(answers, place))
                deviation = number(float(column.std(ddof=1)) if n > 1 else None)
                rows.append(
                    [score, item["item"], str(n), number(mean), deviation, difficulty, r, _flags(difficulty, r)]
                )
        return Table("items", ["score", "item", "n", "mean", "sd", "difficulty", "item_rest", "flags"], rows)

    def _distractors(self) -> Table:
        """Return how often each option of an item with a key was chosen."""
        rows = []
        for item in {row["item"]: row for rows in self.data.measures.values() for row in rows if row["key"]}.values():
            reached = [row for people in self.data.sets["itt"].values() for row in people if row.get(item["value"])]
            chosen = [row[item["item"]].split("|") for row in reached]
            for option in item["options"].split("|"):
                n = sum(option in each for each in chosen)
                percent = number(100 * n / len(reached), 1) if reached else ""
                is_key = option in item["key"].split("|")
                rare = "rare" if percent and not is_key and float(percent) < RARE else ""
                rows.append([item["item"], option, str(int(is_key)), str(len(reached)), str(n), percent, rare])
        return Table("distractors", ["item", "option", "key", "n", "chosen", "percent", "flags"], rows)

    @cached_property
    def results(self) -> list[Result]:
        """Return every hypothesis in every set, with Holm's adjustment within set and family."""
        found = []
        for name in SETS:
            results = [_tested(name, row, self.data.sets[name]) for row in self.data.hypotheses]
            for family in dict.fromkeys(row["family"] for row in self.data.hypotheses):
                members = [place for place, row in enumerate(self.data.hypotheses) if row["family"] == family]
                adjusted = holm([results[place].outcome.p for place in members])
                for place, p in zip(members, adjusted, strict=True):
                    results[place] = Result(**{**vars(results[place]), "p_holm": p})
            found += results
        return found

    def _of(self, kind: type) -> Iterator[Result]:
        return (result for result in self.results if isinstance(result.outcome, kind))

    def _sets_and_outcomes(self) -> Iterator[tuple[str, str]]:
        return ((name, outcome) for name in SETS for outcome in self.data.outcomes)

    def _answers(self, score: str) -> np.ndarray:
        """Return (participants, items): what counts of those who have the score, reversed items turned around.

        Without those for whom the score was made of other items, as their version of the study has it.
        """
        items = self.data.measures[score]
        having = [row for people in self.data.sets["itt"].values() for row in people if row.get(score)]
        everybody = [row for row in having if all(self.data.was_asked(row, item) for item in items)]
        table = [[_value(row, item) for item in items] for row in everybody]
        return np.array(table, dtype=float).reshape(len(table), len(items))


def _named(columns: str) -> list[str]:
    return columns.split()


def _value(row: dict[str, str], item: dict[str, str]) -> float:
    value = float(row[item["value"]] or item["minimum"])  # empty, and yet with a score: a rated answer left empty
    return float(item["minimum"]) + float(item["maximum"]) - value if item["reversed"] == "1" else value


def _flags(difficulty: str, r: str) -> str:
    """Return what is worth a look, by the printed numbers."""
    found = []
    if difficulty and float(difficulty) > EASY:
        found.append("easy")
    if difficulty and float(difficulty) < HARD:
        found.append("hard")
    if r and float(r) < WEAK:
        found.append("weak")
    return "|".join(found)


def _tested(name: str, stated: dict[str, str], arms: dict[str, Rows]) -> Result:
    """Return one hypothesis in one set, its p not adjusted yet."""
    alpha, outcome = float(stated["alpha"]), stated["outcome"]
    people = [arms.get(stated[key], []) for key in ("arm_1", "arm_2")]
    if stated["test"] == "ancova":
        covariate = stated["covariate"]
        first, second = (
            [(float(row[covariate]), float(row[outcome])) for row in rows if row.get(covariate) and row.get(outcome)]
            for rows in people
        )
        found = ancova(first, second, alpha)
        checks = {"normality": found.normality, "variances": found.variances, "slopes": found.slopes}
        return Result(name, stated, found, checks)
    x, y = (values(rows, outcome) for rows in people)
    tested: Difference | Equivalence = (
        difference(x, y, alpha)
        if stated["test"] == "difference"
        else equivalence(x, y, float(stated["lower_bound"]), float(stated["upper_bound"]), alpha)
    )
    residuals = [value - float(np.mean(group)) for group in (x, y) for value in group]
    return Result(name, stated, tested, {"normality": normality(residuals), "variances": equal_variances((x, y))})
