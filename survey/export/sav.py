"""participants.csv once more, as an SPSS file: with labels, measure levels, dates and missing values.

pyreadstat writes it from a table as a whole, so the table is in memory as a whole: numbers take 8 bytes a cell, and of
texts that come again, such as codes, each is there once. It wants the table as a data frame of pandas, which is loaded
here and by nothing else.
"""

import tempfile
from array import array
from shutil import copyfileobj
from typing import IO, Any

from survey.export import wide
from survey.export.cells import cell
from survey.export.choice import Choice
from survey.export.columns import Column
from survey.models import Study

NUMBERS, TIMES = ("integer", "number"), "datetime"
MAX_VALUE_LABEL = 120  # bytes: what SPSS takes
# ReadStat puts the day and the hour into the header; the same data have to be the same bytes.
HEADER_DATE, NO_DATE = 92, b"01 Jan 8000:00:00"
LEFT_EMPTY = object()  # shown, and left empty where that is allowed


def write_sav(study: Study, choice: Choice, columns: list[Column], file: IO[bytes]) -> None:
    """Write the chosen participants and columns into `file` as SPSS's .sav."""
    import pandas
    import pyreadstat

    filled = [_Filled(column) for column in columns]
    for row in wide.participants(study, choice, left_empty=LEFT_EMPTY):
        for each in filled:
            each.add(row.get(each.column.role))
    frame = pandas.DataFrame({each.column.name: each.series(pandas) for each in filled})
    # It has no name, so that nothing of it stays behind, however the process ends; pyreadstat opens it by its number.
    with tempfile.TemporaryFile() as written:
        pyreadstat.write_sav(
            frame,
            f"/dev/fd/{written.fileno()}",
            file_label=study.name,
            column_labels={each.column.name: each.column.label for each in filled},
            variable_value_labels={each.column.name: labels for each in filled if (labels := each.value_labels)},
            missing_ranges={each.column.name: [each.left_empty] for each in filled if each.left_empty is not None},
            variable_measure={each.column.name: measure(each.column) for each in filled},
            row_compress=True,
        )
        del frame, filled
        written.seek(HEADER_DATE)
        written.write(NO_DATE)
        written.seek(0)
        copyfileobj(written, file)


def measure(column: Column) -> str:
    """Return SPSS's level of measurement: codes have no order, ratings and points have one, amounts have distances."""
    if column.type == TIMES or (column.type in NUMBERS and not column.values):
        return "scale"
    if column.type in NUMBERS and column.role[0] in ("item", "points", "rater"):
        return "ordinal"
    return "nominal"


class _Filled:
    """A column and its values so far."""

    def __init__(self, column: Column):
        self.column = column
        self.is_number, self.is_time = column.type in NUMBERS, column.type == TIMES
        self.left_empty = _code_of_left_empty(column)
        self._numbers: array[float] = array("d")
        self._texts: list[str] = []
        self._seen: dict[str, str] = {}

    def add(self, value: Any) -> None:
        if not (self.is_number or self.is_time):
            text = "" if value is LEFT_EMPTY else cell(value, protected=False)
            self._texts.append(self._seen.setdefault(text, text))
        elif value is None:
            self._numbers.append(float("nan"))
        elif value is LEFT_EMPTY:
            self._numbers.append(float("nan") if self.left_empty is None else self.left_empty)
        else:
            self._numbers.append(value.timestamp() if self.is_time else value)

    def series(self, pandas: Any) -> Any:
        """Return the values as pandas has them; times in UTC, to the millisecond, as in the CSV files."""
        if self.is_time:
            milliseconds = pandas.Series(self._numbers, dtype="float64").mul(1000).round()
            return pandas.to_datetime(milliseconds, unit="ms")
        return (
            pandas.Series(self._numbers, dtype="float64") if self.is_number else pandas.Series(self._texts, dtype=str)
        )

    @property
    def value_labels(self) -> dict[Any, str]:
        """Return {value: its meaning}, each as long as SPSS takes it; the codebook has it in full."""
        as_is = float if self.is_number else str
        labels: dict[Any, str] = (
            {} if self.column.type == "list" else {as_is(code): label for code, label in self.column.values}
        )
        if self.left_empty is not None:
            labels[self.left_empty] = "left empty"
        return {value: _cut(label) for value, label in labels.items()}


def _code_of_left_empty(column: Column) -> float | None:
    """Return the number that stands for an answer left empty: -99, or so many nines that it can be no answer."""
    if column.role[0] != "item" or column.type not in NUMBERS or column.minimum is None:
        return None
    code = -99.0
    while code >= column.minimum:
        code = code * 10 - 9
    return code


def _cut(label: str) -> str:
    data = label.encode()
    return label if len(data) <= MAX_VALUE_LABEL else data[: MAX_VALUE_LABEL - 3].decode(errors="ignore").rstrip() + "…"
