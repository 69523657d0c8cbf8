"""The files of an export as an analysis reads them, and who belongs to which set of participants."""

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from .derived import derive

Rows = list[dict[str, str]]
SETS = ("itt", "pp")  # intention to treat, per protocol
FILES = ("participants.csv", "codebook.csv", "measures.csv", "derived.csv", "hypotheses.csv")


@dataclass(frozen=True)
class Data:
    """What is analysed; cells are texts, as in the files."""

    participants: Rows
    arms: list[str]
    measures: dict[str, Rows]  # {score: its items}
    derived: dict[str, dict[str, str]]  # {derived measure: of what it is made, and how}
    hypotheses: Rows
    versions: dict[str, list[str]]  # {column of participants.csv: versions of the study that have it; none named: all}

    @property
    def outcomes(self) -> list[str]:
        """Return everything on which arms are compared: the scores, then the derived measures."""
        return [*self.measures, *self.derived]

    @cached_property
    def sets(self) -> dict[str, dict[str, Rows]]:
        """Return {set: {arm: its participants}}.

        Intention to treat: everybody in the arm that was drawn, but for those whose data were erased or whom the
        researchers exclude. Per protocol: those of them who finished and met no rule of exclusion. A participant's row
        has the derived measures too, which may differ between the sets.
        """
        allocated = [row for row in self.participants if row["arm"] in self.arms]
        kept = [row for row in allocated if row["status"] != "erased" and not row["excluded_for"]]
        proper = [row for row in kept if row["finished_at"] and not row["deviations"]]
        sets = {name: self._with_derived(rows) for name, rows in zip(SETS, (kept, proper), strict=True)}
        return {
            name: {arm: [person for person in people if person["arm"] == arm] for arm in self.arms}
            for name, people in sets.items()
        }

    def _with_derived(self, rows: Rows) -> Rows:
        """Return the participants of one set, with what is derived of their scores: copies, as each set has its own."""
        people = [dict(row) for row in rows]
        for name, made in self.derived.items():
            scores = (made["minuend"], made["subtrahend"])
            both = [person for person in people if all(person.get(score) for score in scores)]
            minuend, subtrahend = ([float(person[score]) for person in both] for score in scores)
            for person, value in zip(both, derive(made["method"], minuend, subtrahend), strict=True):
                person[name] = value
        return people

    def was_asked(self, person: dict[str, str], item: dict[str, str]) -> bool:
        """Tell whether an item of a score counts for somebody who has the score.

        An empty cell is an answer to be rated that was left empty; or else the version of the study by which the
        person went did not have the item, or not in this score.
        """
        if person[item["value"]]:
            return True
        versions = self.versions.get(item["value"])
        return item["method"] == "percent_rated" and (not versions or person["study_version"] in versions)

    def to_come(self, hypothesis: dict[str, str]) -> list[str]:
        """Return the scores that a hypothesis is about and no version of the study with participants has."""
        outcome = hypothesis["outcome"]
        made = self.derived.get(outcome)
        scores = [made["minuend"], made["subtrahend"]] if made else [outcome]
        return [score for score in (*scores, hypothesis["covariate"]) if score and score not in self.measures]

    @cached_property
    def pairs(self) -> list[tuple[str, str]]:
        """Return the arms that are compared: as the hypotheses say, else each with each."""
        stated = list(dict.fromkeys((row["arm_1"], row["arm_2"]) for row in self.hypotheses))
        every = [(first, second) for place, first in enumerate(self.arms) for second in self.arms[place + 1 :]]
        return stated or every


def values(rows: Rows, column: str) -> list[float]:
    """Return the numbers of a column that are there."""
    return [float(row[column]) for row in rows if row.get(column)]


def data_of(files: Mapping[str, Rows]) -> Data:
    """Return what is analysed from {file: its rows}."""
    columns = {row["name"]: row for row in files["codebook.csv"] if row["file"] == "participants.csv"}
    measures: dict[str, Rows] = {}
    for row in files["measures.csv"]:
        measures.setdefault(row["score"], []).append(row)
    derived = {row["derived"]: row for row in files["derived.csv"]}
    return Data(
        participants=files["participants.csv"],
        arms=list(json.loads(columns["arm"]["values"])),
        measures=measures,
        derived=derived,
        hypotheses=files["hypotheses.csv"],
        versions={name: row["study_versions"].split("|") for name, row in columns.items() if row["study_versions"]},
    )


def read(folder: Path) -> Data:
    """Return what is analysed from an export's folder, whichever layout it has."""
    return data_of({name: _rows(_place(folder, name)) for name in FILES})


def _place(folder: Path, name: str) -> Path:
    if (folder / name).exists():
        return folder / name
    [path] = (folder / "data").glob(f"study-*_description-{name.removesuffix('.csv')}_data.csv")
    return path


def _rows(path: Path) -> Rows:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
