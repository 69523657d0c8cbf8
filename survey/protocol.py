"""A study as its folder declares it: read, and checked as a whole.

A folder holds `study.toml` and, for each language, `<language>/titles.toml`, `<language>/instruments/*.toml`
and `<language>/texts/*.md`. Every error is reported with its file, line and key, all at once.
"""

import hashlib
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from django.urls import NoReverseMatch, resolve, reverse
from pydantic import BaseModel, ValidationError

from survey import allocation_rule, stage_rules, toml_lines
from survey.items import Instrument
from survey.models import StudyVersion
from survey.study_file import Arm, Edition, Protocol, StudyFile, Titles

MAX_FILE_BYTES = 1_000_000


@dataclass(frozen=True)
class Problem:
    file: str
    line: int
    key: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.key or 'file'}: {self.message}"


class StudyError(Exception):
    """A study folder that cannot be used; `problems` holds everything that is wrong with it."""

    def __init__(self, problems: list[Problem]):
        self.problems = sorted(problems, key=lambda problem: (problem.file, problem.line))
        super().__init__("\n".join(map(str, self.problems)))


def read_folder(folder: Path) -> dict[str, str]:
    """Return {path inside the folder: text} of a study folder's TOML and Markdown files."""
    problems, files = [], {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.suffix not in {".toml", ".md"} or name == "README.md":
            continue
        if not path.resolve().is_relative_to(folder.resolve()):
            problems.append(Problem(name, 1, "", "leads out of the study folder; expected a file inside it"))
        elif path.stat().st_size > MAX_FILE_BYTES:
            problems.append(Problem(name, 1, "", f"larger than {MAX_FILE_BYTES} bytes"))
        else:
            try:
                files[name] = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
            except UnicodeDecodeError as error:
                problems.append(
                    Problem(
                        name,
                        path.read_bytes()[: error.start].count(b"\n") + 1,
                        "",
                        f"not UTF-8 text (byte {error.start}); save the file as UTF-8",
                    )
                )
    if "study.toml" not in files and not problems:
        problems.append(Problem("study.toml", 1, "", f"not found in {folder}; expected the study's main file"))
    if problems:
        raise StudyError(problems)
    return files


def digest(files: dict[str, str]) -> str:
    """Return the SHA-256 that names exactly these files: hash over every path and text, in order of path."""
    whole = hashlib.sha256()
    for name in sorted(files):
        for part in (name, files[name]):
            data = part.encode()
            whole.update(f"{len(data)}:".encode() + data)
    return whole.hexdigest()


def protocol_of(version: StudyVersion) -> Protocol:
    """Return the protocol of a loaded version; versions never change, so each is parsed once per process.

    The arms' pages were looked at when it was loaded; looking again would import all pages of the site, for which an
    export in a process of its own would wait.
    """
    cached = _protocols.get(version.sha256)
    if cached is None:
        cached = _protocols[version.sha256] = parse(version.files, with_pages=False)
    return cached


_protocols: dict[str, Protocol] = {}


Model = TypeVar("Model", bound=BaseModel)


def parse(files: dict[str, str], with_pages: bool = True) -> Protocol:
    """Return the checked protocol of a study's files, `with_pages` held against the pages that its arms learn on too.

    Raises StudyError with every problem found.
    """
    reader = _Reader(files)
    study = reader.read("study.toml", StudyFile)
    if study is None:
        # The rest cannot be held against study.toml; what is wrong in itself can still be said.
        for name in files:
            if "/instruments/" in name:
                reader.read(name, Instrument)
        raise StudyError(reader.problems)
    _check_stages(study, reader)
    _check_arms(study, reader, with_pages)
    editions = {language: _read_edition(study, language, reader) for language in study.languages}
    _check_editions_agree(study, editions, reader)
    _check_allocation(study, editions[study.languages[0]], reader)
    if first := editions[study.languages[0]]:
        stage_rules.check(study, first.instruments, partial(reader.problem, "study.toml"))
    if reader.problems:
        raise StudyError(reader.problems)
    return Protocol(study, {language: edition for language, edition in editions.items() if edition})


class _Reader:
    """Reads the files of a study and collects what is wrong with them, with its line."""

    def __init__(self, files: dict[str, str]):
        self.files = files
        self.problems: list[Problem] = []

    def read(self, name: str, model: type[Model]) -> Model | None:
        if name not in self.files:
            self.problem(name, (), "not found; expected this file in the study folder")
            return None
        try:
            return model.model_validate(tomllib.loads(self.files[name]))
        except tomllib.TOMLDecodeError as error:
            at = re.search(r"at line (\d+)", str(error))
            line = int(at[1]) if at else self.files[name].count("\n") + 1
            self.problems.append(Problem(name, line, "", f"no valid TOML: {error}"))
        except ValidationError as error:
            errors = error.errors()
            for found in errors:
                # A list is "too short" also when each of its entries has failed: only those are worth saying.
                if found["type"] == "too_short" and any(
                    other["loc"][: len(found["loc"])] == found["loc"] for other in errors if other is not found
                ):
                    continue
                given = "" if isinstance(found["input"], dict | list) else f", got {found['input']!r}"
                message = found["msg"].removeprefix("Value error, ")
                expected = {
                    "extra_forbidden": "unknown key; expected none of this name",
                    "missing": "missing; expected a value",
                }
                self.problem(name, _without_variants(found["loc"]), expected.get(found["type"]) or f"{message}{given}")
        return None

    def problem(self, name: str, path: toml_lines.Path, message: str) -> None:
        lines = toml_lines.key_lines(self.files.get(name, ""))
        key = ".".join(f"{part + 1}" if isinstance(part, int) else part for part in path)
        self.problems.append(Problem(name, toml_lines.line_of(lines, path), key, message))


def _without_variants(path: toml_lines.Path) -> toml_lines.Path:
    """Return pydantic's path without the names of union variants: items, 3, likert, points → items, 3, points."""
    return tuple(
        part
        for index, part in enumerate(path)
        if not (
            index >= 2
            and isinstance(path[index - 1], int)
            and index + 1 < len(path)
            and path[index - 2] in ("items", "stages", "derived")
        )
    )


def _check_stages(study: StudyFile, reader: _Reader) -> None:
    kinds = [stage.kind for stage in study.stages]

    def problem(index: int, key: str, message: str) -> None:
        reader.problem("study.toml", ("stages", index, key), message)

    if not kinds or kinds[0] != "consent":
        problem(0, "kind", "expected the first stage to be of kind 'consent'")
    main = kinds[: kinds.index("follow_up")] if "follow_up" in kinds else kinds
    if not main or main[-1] != "debriefing":
        problem(len(main) - 1, "kind", "expected the last stage to be of kind 'debriefing'; only follow-ups come after")
    for kind in ("consent", "debriefing", "allocation", "learning"):
        if kinds.count(kind) != 1:
            problem(0, "kind", f"expected exactly one stage of kind {kind!r}, got {kinds.count(kind)}")
    if "allocation" in kinds and "learning" in kinds and kinds.index("allocation") > kinds.index("learning"):
        problem(kinds.index("allocation"), "kind", "expected the allocation before the learning stage")
    seen: set[str] = set()
    for index, stage in enumerate(study.stages):
        if stage.id in seen:
            problem(index, "id", f"a second stage {stage.id!r}; expected a name of its own")
        if stage.id in RESERVED_STAGE_IDS:
            problem(index, "id", f"{stage.id!r} is the name of a page of its own; expected another")
        seen.add(stage.id)


RESERVED_STAGE_IDS = {"closed", "complete", "ended", "erased", "full", "pause", "withdraw", "withdrawn"}


def _check_arms(study: StudyFile, reader: _Reader, with_pages: bool) -> None:
    ids = [arm.id for arm in study.arms]
    for index, arm in enumerate(study.arms):
        if ids.index(arm.id) != index:
            reader.problem("study.toml", ("arms", index, "id"), f"a second arm {arm.id!r}; expected a name of its own")
        if not with_pages:
            continue
        try:
            page = page_of(study, arm)
        except NoReverseMatch:
            reader.problem(
                "study.toml",
                ("arms", index, "condition"),
                f"no page has the URL name {arm.condition!r}; expected one such as 'visual:learn'",
            )
            continue
        for path, message in _conflicts(arm, page):
            reader.problem("study.toml", ("arms", index, *path), message)


def page_of(study: StudyFile, arm: Arm) -> Any:
    """Return the view on which an arm learns; raises NoReverseMatch where none has this URL name."""
    return resolve(reverse(arm.condition, kwargs={"study": study.name})).func


def _conflicts(arm: Arm, page: Any) -> Iterator[tuple[toml_lines.Path, str]]:
    """Yield where an arm asks for what its page does not offer: a page says that as `features` and `options`."""
    features, options = getattr(page, "features", {}), getattr(page, "options", {})
    for name in sorted(set(arm.features) - set(features)):
        yield ("features", name), f"{arm.condition} has no such feature; expected one of {sorted(features)}"
    for name, chosen in arm.options.items():
        path = ("options", name)
        if name not in options:
            yield path, f"{arm.condition} has no such option; expected one of {sorted(options)}"
        elif not chosen:
            yield path, f"nothing chosen; expected some of {[*options[name]]}"
        elif unknown := [each for each in chosen if each not in options[name]]:
            yield path, f"{arm.condition} has no {unknown}; expected some of {[*options[name]]}"
        elif len(set(chosen)) < len(chosen):
            yield path, f"something chosen twice; expected each once, got {[*chosen]}"


def _check_allocation(study: StudyFile, edition: Edition | None, reader: _Reader) -> None:
    kinds = [stage.kind for stage in study.stages]
    if edition is None or kinds.count("allocation") != 1:
        return  # said before; nothing can be held against it
    allocation_rule.check(
        study.allocation,
        [arm.weight for arm in study.arms],
        instruments_before_allocation(study, edition),
        max((stage.maximum_minutes for stage in study.stages if stage.kind == "learning"), default=0),
        lambda path, message: reader.problem("study.toml", ("allocation", *path), message),
    )


def instruments_before_allocation(study: StudyFile, edition: Edition) -> dict[str, Instrument]:
    """Return {stage: its instrument} of the stages that are completed when the arm is drawn."""
    kinds = [stage.kind for stage in study.stages]
    earlier = study.stages[: kinds.index("allocation")]
    return {
        stage.id: edition.instruments[stage.instrument]
        for stage in earlier
        if stage.kind == "instrument" and stage.instrument in edition.instruments
    }


def _read_edition(study: StudyFile, language: str, reader: _Reader) -> Edition | None:
    before = len(reader.problems)
    titles = reader.read(f"{language}/titles.toml", Titles)
    instruments, texts = {}, {}
    for index, stage in enumerate(study.stages):
        if titles and stage.kind != "allocation" and stage.id not in titles.stages:
            reader.problem(f"{language}/titles.toml", ("stages",), f"no title for stage {stage.id!r}")
        for key in ("information", "consent", "text"):
            name = getattr(stage, key, None)
            if name and not reader.files.get(f"{language}/texts/{name}.md", "").strip():
                reader.problem(
                    "study.toml",
                    ("stages", index, key),
                    f"expected a text in {language}/texts/{name}.md, which is missing or empty",
                )
            elif name:
                texts[name] = reader.files[f"{language}/texts/{name}.md"]
        if stage.kind == "instrument":
            path = f"{language}/instruments/{stage.instrument}.toml"
            if path not in reader.files:
                reader.problem("study.toml", ("stages", index, "instrument"), f"expected the file {path}")
            elif instrument := reader.read(path, Instrument):
                instruments[stage.instrument] = instrument
    if titles is None or len(reader.problems) > before:
        return None
    _check_ids(study, language, instruments, reader)
    return Edition(titles, instruments, texts)


def _check_ids(study: StudyFile, language: str, instruments: dict[str, Instrument], reader: _Reader) -> None:
    """Items and scales become columns: no two may share a name, nor take one that the export gives itself."""
    owner: dict[str, str] = {}
    for name, instrument in instruments.items():
        groups: tuple[tuple[str, Any], ...] = (("items", instrument.items), ("scales", instrument.scales))
        for kind, entries in groups:
            for index, entry in enumerate(entries):
                path = f"{language}/instruments/{name}.toml"
                if entry.id in RESERVED_COLUMNS:
                    reader.problem(path, (kind, index, "id"), f"{entry.id!r} is a column that every export has")
                elif entry.id in owner:
                    reader.problem(
                        path,
                        (kind, index, "id"),
                        f"{entry.id!r} is already in {owner[entry.id]}; expected a name of its own",
                    )
                owner.setdefault(entry.id, path)
    if language != study.languages[0]:
        return  # the same ids again: derived measures are in no language
    for index, each in enumerate(study.derived):
        if each.id in RESERVED_COLUMNS or each.id in owner:
            where = f"already in {owner[each.id]}" if each.id in owner else "a column that every export has"
            reader.problem("study.toml", ("derived", index, "id"), f"{each.id!r} is {where}; expected another name")


RESERVED_COLUMNS = {
    "participant",
    "kind",
    "study_version",
    "arm",
    "status",
    "study_sha256",
    "language",
    "withdrawn_at",
    "consented_at",
    "consent_version",
    "consent_sha256",
    "consent_language",
    "allocated_at",
    "replaced_at",
    "finished_at",
    "erased_at",
    "screened_out_at",
    "screened_out_reason",
    "attention_failed",
    "flags",
    "late_answers",
    "deviations",
    "excluded_for",
}


def _check_editions_agree(study: StudyFile, editions: dict[str, Edition | None], reader: _Reader) -> None:
    """All languages must measure the same: same items in the same order, same options, keys and scales."""
    first, *others = study.languages
    reference = editions[first]
    for language in others:
        edition = editions[language]
        if reference is None or edition is None:
            continue
        for name, instrument in reference.instruments.items():
            if _measured(instrument) != _measured(edition.instruments[name]):
                reader.problem(
                    f"{language}/instruments/{name}.toml",
                    (),
                    f"measures something else than {first}/instruments/{name}.toml; "
                    "expected the same items, types, options, keys and scales in the same order",
                )


def _measured(instrument: Instrument) -> list:
    wording = {
        "title",
        "text",
        "help",
        "instruction",
        "source",
        "wording",
        "low",
        "high",
        "unit",
        "reason",
        "misconception",
        "rubric",
    }

    def strip(value):
        if isinstance(value, dict):
            return {key: strip(part) for key, part in value.items() if key not in wording}
        return [strip(part) for part in value] if isinstance(value, list | tuple) else value

    return strip(instrument.model_dump())
