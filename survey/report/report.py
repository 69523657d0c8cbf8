"""What a study has found, put together for the page and for the report that is downloaded."""

import base64
import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from survey.analysis.data import SETS
from survey.analysis.printing import number
from survey.analysis.tables import Results, Table
from survey.export.fixed import AGREEMENT, FILES
from survey.export.rows import SOURCES
from survey.models import Study
from survey.protocol import protocol_of
from survey.rating.answers import all_open_items
from survey.report import sentences
from survey.report.figures import Figure, draw
from survey.report.reading import REAL, REHEARSAL, read
from survey.scoring import SCORING_VERSION

# It saves the figures from the page, and from the report too, which is opened from a disk without a server.
SCRIPT = Path(__file__).parents[1] / "static" / "survey" / "results.js"
SET_TITLES = {"itt": gettext_noop("Intention to treat"), "pp": gettext_noop("Per protocol")}
TABLE_TITLES = {
    "analysed": gettext_noop("Who is analysed"),
    "outcomes": gettext_noop("Scores in each arm"),
    "differences": gettext_noop("Differences between arms"),
    "ancovas": gettext_noop("Analyses of covariance"),
    "equivalences": gettext_noop("Tests of equivalence"),
    "verdicts": gettext_noop("Hypotheses"),
    "assumptions": gettext_noop("Assumptions"),
    "reliabilities": gettext_noop("Reliability"),
    "items": gettext_noop("Items"),
    "distractors": gettext_noop("Distractors"),
    "agreement": gettext_noop("Agreement of the raters"),
}
NOTES = {
    "analysed": gettext_noop(
        "itt: in the arm that was drawn, but for those erased or excluded. pp: those of them who finished and met no "
        "rule of exclusion of the study."
    ),
    "outcomes": gettext_noop(
        "Nothing is imputed; missing values are counted. The interval of the mean is at 95 %. Learning efficiency is "
        "computed anew in each set, as z depends on who is in it."
    ),
    "differences": gettext_noop(
        "Every score, whatever was expected: p is not adjusted for how many there are. Welch’s t; Hedges’ g with an "
        "interval by the noncentral t; Mann and Whitney’s U with the rank-biserial correlation."
    ),
    "reliabilities": gettext_noop(
        "All arms together. Alpha with Feldt’s interval; omega from one factor by maximum likelihood for three items "
        "or more; Spearman and Brown’s coefficient for two."
    ),
    "items": gettext_noop(
        "easy: difficulty above .85; hard: below .30; weak: correlates with the rest of its score by less than .20."
    ),
    "distractors": gettext_noop("rare: chosen by under 5 %."),
    "assumptions": gettext_noop("A small p speaks against the assumption; with few people a large one says little."),
    "agreement": gettext_noop(
        "Answers of all arms to which all who are compared gave points, as each gave them alone; raters by number. "
        "Kappa has quadratic weights, its interval is that of Fleiss, Cohen & Everitt 1969; ICC(2,1) of one rater and "
        "ICC(2,k) of the mean of all are of absolute agreement, their intervals those of McGraw & Wong 1996; all at "
        "95 %. Empty: cannot be computed."
    ),
}
DERIVED_NOTES = {
    "efficiency": gettext_noop(
        "(z of performance − z of effort) / √2, z over all arms together: above 0, the performance stands higher among "
        "all participants than the effort does."
    ),
    "judgement_bias": gettext_noop(
        "Judgement − per cent correct: above 0, more was expected than achieved; below 0, less."
    ),
}
TEXTUAL = {"set", "arm", "arm_1", "arm_2", "outcome", "score", "hypothesis", "covariate", "family", "test", "check"}
TEXTUAL |= {"item", "option", "why", "flags", "verdict", "stage", "measure"}


@dataclass(frozen=True)
class Tested:
    """A hypothesis with what came of it in each set."""

    stated: dict[str, str]
    verdict: str
    found: list[tuple[str, str]]  # (set, sentence)
    assumptions: list[tuple[str, bool]]
    figure: Figure


@dataclass(frozen=True)
class Shown:
    """A table as the page shows it."""

    name: str
    title: str
    note: str
    columns: list[tuple[str, bool]]  # name, and whether it holds numbers
    rows: list[list[tuple[str, bool]]]


class Report:
    """The results of a study; `rehearsal` has those of simulated and test participants, never mixed with real ones."""

    def __init__(self, study: Study, rehearsal: bool = False):
        self.study, self.rehearsal = study, rehearsal
        self.choice = REHEARSAL if rehearsal else REAL
        data, self.labels = read(study, self.choice)
        self.results = Results(data)
        self.participants = len(data.participants)

    @property
    def hypotheses(self) -> list[Tested]:
        """Return the hypotheses in the order of the study file."""
        return [self._tested(stated) for stated in self.results.data.hypotheses]

    @property
    def is_empty(self) -> bool:
        """Tell whether nobody has come as far as an arm: there is nothing to describe or to compare."""
        return not any(people for arms in self.results.data.sets.values() for people in arms.values())

    @property
    def expected(self) -> list[dict[str, str]]:
        """Return the hypotheses with the words for what they are about, for a study that has no data yet."""
        names = ("outcome", "covariate")
        return [
            stated | {name: self.labels.get(stated[name], stated[name]) for name in names}
            for stated in self.results.data.hypotheses
        ]

    def figure(self, outcome: str) -> Figure | None:
        """Return the picture of a score or a derived measure; None where there is no such."""
        return self._draw(outcome) if outcome in self.results.data.outcomes else None

    def _draw(self, outcome: str) -> Figure:
        data = self.results.data
        made = data.derived.get(outcome)
        note = _(DERIVED_NOTES[made["method"]]) if made else ""
        return draw(data, outcome, self.labels.get(outcome, outcome), note)

    def tables(self) -> list[Shown]:
        """Return the tables of the analysis with their titles."""
        return [_shown(table) for table in self.results.tables]

    def table(self, name: str) -> Table | None:
        """Return the table of this name; None where there is none."""
        tables = [*self.results.tables, *([self.agreement] if self.agreement else [])]
        return next((table for table in tables if table.name == name), None)

    @cached_property
    def agreement(self) -> Table | None:
        """Return how well the raters agree, as agreement.csv has it, to three decimals; None without rated items."""
        if not all_open_items(self.study):
            return None
        columns = [column.name for column in FILES[AGREEMENT]]
        rows = [{name: value for (name,), value in row.items()} for row in SOURCES[AGREEMENT](self.study, self.choice)]
        return Table("agreement", columns, [[_cell(row.get(name)) for name in columns] for row in rows])

    @property
    def others(self) -> list[Figure]:
        """Return the pictures of the scores and derived measures that no hypothesis is about."""
        expected = {stated["outcome"] for stated in self.results.data.hypotheses}
        figures = [self.figure(outcome) for outcome in self.results.data.outcomes if outcome not in expected]
        return [figure for figure in figures if figure]

    def context(self) -> dict[str, Any]:
        """Return what the templates show; without any data, only what is expected."""
        version = self.study.current_version
        protocol = protocol_of(version)
        found = {} if self.is_empty else self._found()
        return found | {
            "report": self,
            "exclusions": protocol.study.exclusions,
            "version": version,
            "versions": list(self.study.versions.order_by("number")),
            "title": next(iter(protocol.editions.values())).titles.study,
            "made_at": timezone.now(),
            "scoring_version": SCORING_VERSION,
        }

    def _found(self) -> dict[str, Any]:
        return {
            "hypotheses": self.hypotheses,
            "others": self.others,
            "tables": self.tables(),
            "agreement": _shown(self.agreement) if self.agreement else None,
        }

    def html(self) -> str:
        """Return the report as one file that needs no other; its policy lets this one script run."""
        script = SCRIPT.read_text(encoding="utf-8")
        assert "</script" not in script  # noqa: S101 - it would end there
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        return render_to_string("survey/report.html", self.context() | {"script": script, "script_digest": digest})

    def _tested(self, stated: dict[str, str]) -> Tested:
        [verdict] = self.results.table("verdicts").records(set="itt", hypothesis=stated["hypothesis"])
        found = [(_(SET_TITLES[name]), sentences.sentence(self.results, stated, name, self.labels)) for name in SETS]
        checked = sentences.assumptions(self.results, stated, "itt")
        return Tested(stated, verdict["verdict"], found, checked, self._draw(stated["outcome"]))


def _cell(value: Any) -> str:
    return number(value, 3) if isinstance(value, float) else "" if value is None else str(value)


def csv_of(table: Table) -> str:
    """Return a table as the scripts write it."""
    return "".join(",".join(row) + "\n" for row in (table.columns, *table.rows))


def _shown(table: Table) -> Shown:
    numeric = [column not in TEXTUAL for column in table.columns]
    rows = [
        [
            (cell.replace("-", "−") if is_number else cell, is_number)
            for cell, is_number in zip(row, numeric, strict=True)
        ]
        for row in table.rows
    ]
    columns = list(zip(table.columns, numeric, strict=True))
    note = _(NOTES[table.name]) if table.name in NOTES else ""
    return Shown(table.name, _(TABLE_TITLES[table.name]), note, columns, rows)
