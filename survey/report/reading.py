"""A study's data as the analysis reads them: the rows of its export, without writing it."""

from survey.analysis.data import FILES, Data, data_of
from survey.export import codebook
from survey.export.analysis_columns import DERIVED, HYPOTHESES, MEASURES
from survey.export.cells import cell
from survey.export.choice import Choice
from survey.export.columns import Column
from survey.export.fixed import CODEBOOK, PARTICIPANTS
from survey.export.plan import to_come
from survey.export.rows import SOURCES
from survey.export.snapshot import snapshot
from survey.models import Kind, Study

REAL = Choice()
REHEARSAL = Choice(kinds=(Kind.SIMULATED.value, Kind.TEST.value))
NEEDED = {"participant", "study_version", "arm", "status", "finished_at", "deviations", "excluded_for"}


def read(study: Study, choice: Choice = REAL) -> tuple[Data, dict[str, str]]:
    """Return what is analysed, and the words for each score, item and derived measure, {name: its label}."""
    with snapshot():
        columns = codebook.columns(study, choice)
        files = {CODEBOOK: _texts(columns[CODEBOOK], codebook.rows(columns))}
        for name in (MEASURES, DERIVED, HYPOTHESES):
            files[name] = _texts(columns[name], SOURCES[name](study, choice))
        read_by_it = {row[key] for row in files[MEASURES] for key in ("score", "item", "value")} | NEEDED
        wide = [column for column in columns[PARTICIPANTS] if column.name in read_by_it]
        files[PARTICIPANTS] = _texts(wide, SOURCES[PARTICIPANTS](study, choice))
    assert set(files) == set(FILES)  # noqa: S101 - what the analysis reads is what was made for it
    labels = {column.name: column.item_text or column.label for column in columns[PARTICIPANTS]}
    labels |= to_come(study, choice) | {row["derived"]: row["words"] for row in files[DERIVED]}
    return data_of(files), labels


def _texts(columns: list[Column], rows) -> list[dict[str, str]]:
    return [{column.name: cell(row.get(column.role)) for column in columns} for row in rows]
