"""What of a study is exported: whose data, which columns and files, in which language and layout.

The page, the command and the link for R ask in the same words, which `choose` reads.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from survey.exclusion import excluded
from survey.export.columns import Column
from survey.models import Kind, Study
from survey.protocol import protocol_of

# Groups of the columns of participants.csv, by what a column's role begins with.
GROUPS = {
    "basics": "",
    "times": "stage",
    "answers": "item",
    "correct": "ok",
    "points": "points",
    "ratings": "rater",
    "scores": "score",
}
# The contract: whatever is chosen, participants.csv begins with these.
ALWAYS = ("participant", "study_version", "arm", "status")
# The files that can be left out.
TABLES = ("responses", "visits", "allocations", "events", "ratings", "agreement", "measures", "derived", "hypotheses")
NONE = "none"  # of the tables; beside others it says nothing
PARTICIPANTS, LAYOUTS = ("all", "finished"), ("plain", "psych-ds")


class ChoiceError(Exception):
    """A choice that cannot be had; `problems` says of each part what is wrong and what is possible."""

    def __init__(self, problems: list[str]):
        self.problems = problems
        super().__init__("\n".join(problems))


@dataclass(frozen=True)
class Choice:
    """The default is everything of every real participant."""

    kinds: tuple[str, ...] = (Kind.REAL.value,)
    finished: bool = False  # only those who came to the end of the main part
    excluded: bool = True  # those too whom the researchers exclude from the analysis
    arms: tuple[str, ...] = ()  # empty: all, and those who left before the allocation
    columns: tuple[str, ...] = ()  # of participants.csv, groups and names; empty: all
    tables: tuple[str, ...] = TABLES  # beside participants.csv and the codebook, which are always there
    language: str = ""  # of labels and questions; empty: the study's first
    psych_ds: bool = False

    def whose(self, study: Study, path: str = "") -> Q:
        """Return the condition on participants, for a query that reaches them by `path`, such as `participant__`."""
        chosen = Q(**{f"{path}study": study, f"{path}kind__in": self.kinds})
        if self.finished:
            left = ("withdrawn_at", "screened_out_at", "no_place_at", "erased_at")
            chosen &= Q(**{f"{path}finished_at__isnull": False, **{f"{path}{when}": None for when in left}})
        if self.arms:
            chosen &= Q(**{f"{path}allocation__arm__in": self.arms})
        if not self.excluded and (out := list(excluded(study))):
            chosen &= ~Q(**{f"{path.removesuffix('__') or 'pk'}__in": out})
        return chosen

    def of(self, columns: list[Column]) -> list[Column]:
        """Return the chosen columns of participants.csv, in their order."""
        groups = [GROUPS[name] for name in self.columns if name in GROUPS]
        return [
            column
            for column in columns
            if not self.columns or column.name in (*ALWAYS, *self.columns) or group_of(column) in groups
        ]


ALL = Choice()


def group_of(column: Column) -> str:
    """Return what the role of a column of participants.csv begins with; empty for one that every study has."""
    return column.role[0] if len(column.role) > 1 else ""


def choose(study: Study, asked: Mapping[str, Sequence[str]], names: Callable[[Choice], list[Column]]) -> Choice:
    """Return the choice that was asked for: {parameter: its values}; raise ChoiceError with all that is wrong.

    A value may hold several, with commas. `names` gives the columns that participants.csv has.
    """
    reader = _Reader(asked)
    protocols = [protocol_of(version) for version in study.versions.order_by("number")]
    kinds = {Kind.REAL.value, *reader.many("include", [kind for kind in Kind.values if kind != Kind.REAL])}
    arms = reader.many("arm", list(dict.fromkeys(arm.id for protocol in protocols for arm in protocol.study.arms)))
    spoken = dict.fromkeys(language for protocol in protocols for language in protocol.study.languages)
    chosen: dict[str, Any] = {
        "kinds": tuple(kind for kind in Kind.values if kind in kinds),
        "finished": reader.one("participants", PARTICIPANTS) == "finished",
        "excluded": reader.one("excluded", ("with", "without")) != "without",
        "arms": arms,
        "tables": reader.many("tables", [*TABLES, NONE]) or TABLES,
        "language": reader.one("language", list(spoken)),
        "psych_ds": reader.one("layout", LAYOUTS) == "psych-ds",
    }
    if NONE in chosen["tables"]:
        chosen["tables"] = tuple(table for table in chosen["tables"] if table != NONE)
    known = [*GROUPS, *(column.name for column in names(Choice(kinds=chosen["kinds"])))]
    chosen["columns"] = reader.many("columns", known, "a group or the name of a column in participants.csv")
    if set(GROUPS) <= set(chosen["columns"]):
        chosen["columns"] = ()
    reader.finish()
    return Choice(**chosen)


def asked_for(choice: Choice) -> dict[str, list[str]]:
    """Return the parameters that `choose` makes this choice of; nothing for what is the default."""
    tables = list(choice.tables) if choice.tables != TABLES else []
    asked = {
        "participants": ["finished"] if choice.finished else [],
        "excluded": [] if choice.excluded else ["without"],
        "arm": list(choice.arms),
        "include": [kind for kind in choice.kinds if kind != Kind.REAL],
        "columns": list(choice.columns),
        "tables": tables if choice.tables else [NONE],
        "language": [choice.language] if choice.language else [],
        "layout": ["psych-ds"] if choice.psych_ds else [],
    }
    return {name: values for name, values in asked.items() if values}


def told(choice: Choice) -> dict[str, str]:
    """Return a choice as the audit log has it."""
    asked = {name: ", ".join(values) for name, values in asked_for(choice).items() if name != "include"}
    return {"kinds": ", ".join(choice.kinds), **asked}


class _Reader:
    """Takes parameters out of what was asked, and notes what is wrong with them."""

    def __init__(self, asked: Mapping[str, Sequence[str]]):
        self._asked = {name: [part.strip() for value in values for part in value.split(",")] for name, values in
                       asked.items()}  # fmt: skip
        self._problems: list[str] = []

    def many(self, name: str, possible: Sequence[str], what: str = "") -> tuple[str, ...]:
        """Return the values in the order of the possible ones."""
        values = [value for value in self._asked.pop(name, []) if value]
        for value in dict.fromkeys(values):
            if value not in possible:
                expected = what or (f"one of {', '.join(possible)}" if possible else "nothing: there are none")
                self._problems.append(f"{name}: {value!r} is not there; expected {expected}")
        return tuple(each for each in possible if each in values)

    def one(self, name: str, possible: Sequence[str]) -> str:
        values = self.many(name, possible)
        if len(values) > 1:
            self._problems.append(f"{name}: expected one of {', '.join(possible)}, not several")
        return values[0] if values else ""

    def finish(self) -> None:
        """Raise what has been found, and what nobody has asked about."""
        known = "participants, excluded, arm, include, columns, tables, language, layout"
        self._problems += [f"{name}: no such choice; expected {known}" for name in self._asked]
        if self._problems:
            raise ChoiceError(self._problems)
