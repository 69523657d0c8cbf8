"""The documents that describe the export's files to machines: a Data Package, and a Psych-DS dataset."""

import json
import re
from typing import Any

from survey.export import fixed
from survey.export.analysis_columns import DERIVED, HYPOTHESES, MEASURES
from survey.export.choice import Choice
from survey.export.columns import NEVER_EMPTY, Column
from survey.export.readme import CHANGES, README, changes, readme
from survey.models import Study
from survey.protocol import protocol_of

DATA_PACKAGE, DESCRIPTION, DATA = "datapackage.json", "dataset_description.json", "data"
SAV = "participants.sav"
IGNORE = ".psychds-ignore"  # files that Psych-DS knows nothing of
PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
PSYCH_DS_FILE = re.compile(r"study-[a-zA-Z0-9]+_description-[a-zA-Z0-9]+_data\.csv")
# The other types of a column are named alike. A list's codes are joined with |, which is a text to most readers.
TYPES = {"list": "string", "json": "object"}
KEYS = {
    fixed.PARTICIPANTS: ["participant"],
    fixed.RESPONSES: ["participant", "stage", "item", "revision"],
    fixed.VISITS: ["participant", "stage", "page", "attempt"],
    fixed.ALLOCATIONS: ["participant"],
    fixed.EVENTS: ["participant", "event_id"],
    MEASURES: ["score", "place"],
    DERIVED: ["derived"],
    HYPOTHESES: ["hypothesis"],
    fixed.CODEBOOK: ["file", "name"],
}

Files = dict[str, list[Column]]


def path_of(study: Study, file: str, psych_ds: bool) -> str:
    """Return where a file of the export lies: by its name at the root, or as Psych-DS names data files."""
    if not psych_ds:
        return file
    words = (re.sub(r"[^a-zA-Z0-9]", "", word) for word in (study.name, file.removesuffix(".csv")))
    return "{}/study-{}_description-{}_data.csv".format(DATA, *words)


def documents(study: Study, choice: Choice, files: Files) -> dict[str, str]:
    """Return {file: text} of what describes the export; the same columns give the same text."""
    paths = {file: path_of(study, file, choice.psych_ds) for file in files}
    described = {DATA_PACKAGE: _data_package(study, files, choice.psych_ds)}
    if choice.psych_ds:
        described[DESCRIPTION] = _description(study, files)
    texts = {README: readme(study, choice, files, paths)}
    texts |= {name: json.dumps(what, ensure_ascii=False, indent=2) + "\n" for name, what in described.items()}
    if choice.psych_ds:
        texts |= {CHANGES: changes(study, choice), IGNORE: f"{SAV}\n{DATA_PACKAGE}\n"}
    return texts


def _about(study: Study) -> dict[str, str]:
    title = next(iter(protocol_of(study.current_version).editions.values())).titles.study
    return {"description": f"Data of the study “{title}”. The codebook says what each column of each file means."}


def _description(study: Study, files: Files) -> dict[str, Any]:
    """Return the root of a Psych-DS dataset: a column that several files have is listed once."""
    labels: dict[str, dict[str, list[str]]] = {}
    for column in (column for columns in files.values() for column in columns):
        labels.setdefault(column.name, {}).setdefault(column.label, []).append(column.file)
    return {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "name": study.name,
        **_about(study),
        "variableMeasured": [
            {"@type": "PropertyValue", "name": name, "description": _told(found)} for name, found in labels.items()
        ],
    }


def _told(labels: dict[str, list[str]]) -> str:
    if len(labels) == 1:
        return next(iter(labels))
    return "; ".join(f"{', '.join(files)}: {label}" for label, files in labels.items())


def _data_package(study: Study, files: Files, psych_ds: bool) -> dict[str, Any]:
    return {
        "$schema": PROFILE,
        "name": study.name,
        **_about(study),
        "resources": [
            {
                "name": file.removesuffix(".csv"),
                "type": "table",
                "path": path_of(study, file, psych_ds),
                "format": "csv",
                "mediatype": "text/csv",
                "encoding": "utf-8",
                "schema": _schema(file, columns),
            }
            for file, columns in files.items()
        ],
    }


def _schema(file: str, columns: list[Column]) -> dict[str, Any]:
    schema: dict[str, Any] = {"fields": [_field(column) for column in columns], "missingValues": [""]}
    if file in KEYS:
        schema["primaryKey"] = KEYS[file]
    if file != fixed.PARTICIPANTS and any(column.name == "participant" for column in columns):
        reference = {"resource": fixed.PARTICIPANTS.removesuffix(".csv"), "fields": ["participant"]}
        schema["foreignKeys"] = [{"fields": ["participant"], "reference": reference}]
    return schema


def _field(column: Column) -> dict[str, Any]:
    constraints: dict[str, Any] = {"required": True} if column.missing == NEVER_EMPTY else {}
    for name in ("minimum", "maximum"):
        bound = getattr(column, name)
        if bound is not None and column.type in ("integer", "number"):
            constraints[name] = int(bound) if column.type == "integer" else bound
    field: dict[str, Any] = {
        "name": column.name,
        "type": TYPES.get(column.type, column.type),
        "title": column.label,
        "description": column.item_text or column.label,
    }
    if categories := _categories(column):
        field["categories"] = categories
    return field | ({"constraints": constraints} if constraints else {})


def _categories(column: Column) -> list[dict[str, Any]]:
    """Return every code with its label; nothing for a scale of which only the two ends have a label."""
    if column.type == "string":
        return [{"value": code, "label": label} for code, label in column.values]
    if column.type != "integer" or column.minimum is None or column.maximum is None:
        return []
    every = len(column.values) == column.maximum - column.minimum + 1
    return [{"value": int(code), "label": label} for code, label in column.values] if every else []
