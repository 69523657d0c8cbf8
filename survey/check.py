"""What a study folder may well be wrong about although it can be loaded: warnings, each with file, line and key."""

import re
import tomllib
from collections.abc import Iterator

from pydantic import ValidationError

from survey import curriculum
from survey.contradictions import contradictions
from survey.item_quality import repetitions, teaching_problems, unevenness, wording_problems
from survey.items import Instrument
from survey.protocol import Problem, page_of
from survey.study_file import Arm, Protocol
from survey.toml_lines import Path, key_lines, line_of

_MINUTES = re.compile(r"(\d+(?:\.\d+)?)\**\s*(?:minutes?|min|Minuten?)\b")
# The line of the texts that ship and that nobody may leave as it is.
_PLACEHOLDER = "the research team that sent you the link"


def warnings(files: dict[str, str], protocol: Protocol) -> list[Problem]:
    """Return everything that a careful colleague would point out, in the order of the files."""
    found = [
        *_instruments(files, protocol),
        *_texts(files, protocol),
        *_languages(files, protocol),
        *_study(files, protocol),
    ]
    return sorted(found, key=lambda problem: (problem.file, problem.line))


def _at(files: dict[str, str], name: str, path: Path, message: str) -> Problem:
    key = ".".join(f"{part + 1}" if isinstance(part, int) else part for part in path)
    return Problem(name, line_of(key_lines(files[name]), path), key, message)


def _instruments(files: dict[str, str], protocol: Protocol) -> Iterator[Problem]:
    """Yield what breaks the rules for items, and what is wrong in instruments that no stage uses."""
    used = {stage.instrument for stage in protocol.study.stages if stage.kind == "instrument"}
    asked: dict[str, list[tuple[str, int, dict]]] = {language: [] for language in protocol.study.languages}
    for name in sorted(files):
        language, _, rest = name.partition("/")
        if not rest.startswith("instruments/") or language not in protocol.study.languages:
            continue
        try:
            table = tomllib.loads(files[name])
            Instrument.model_validate(table)
        except (tomllib.TOMLDecodeError, ValidationError) as error:
            if rest.removeprefix("instruments/").removesuffix(".toml") not in used:
                first = str(error).splitlines()[0]
                yield Problem(name, 1, "", f"is in no stage, and could not be used as it is: {first}")
            continue
        if table["kind"] == "knowledge_test":
            yield from _knowledge_test(files, name, language, table)
            asked[language] += [(name, index, item) for index, item in enumerate(table["items"])]
    for places in asked.values():
        repeated = repetitions([item for _, _, item in places])
        for name, index, item in places:
            if other := repeated.get(item["id"]):
                yield _at(files, name, ("items", index, "text"), f"{item['id']} asks the same as {other}")


def _knowledge_test(files: dict[str, str], name: str, language: str, table: dict) -> Iterator[Problem]:
    paragraphs = _paragraphs(language)
    if not paragraphs:
        yield Problem(name, 1, "", f"the curriculum is not written in {language!r}: what is tested here is not taught")
        return
    for index, item in enumerate(table["items"]):
        if "expected" in item:
            continue  # a check of attention tests no knowledge
        problems = teaching_problems(item, paragraphs)
        if item["type"] == "single_choice" and item.get("key") and language == "en":
            problems += wording_problems(item)
        for problem in problems:
            yield _at(files, name, ("items", index), f"{item['id']} {problem}")
    for problem in unevenness(table["items"]):
        yield Problem(name, 1, "items", problem)


def _paragraphs(language: str) -> dict[str, int]:
    """Return the number of passages of each concept; nothing for a language without a curriculum."""
    if not (curriculum.FOLDER / "concepts" / language).is_dir():
        return {}
    return {each.id: len(each.passages) for chapter in curriculum.chapters(language) for each in chapter.concepts}


def _texts(files: dict[str, str], protocol: Protocol) -> Iterator[Problem]:
    """Yield minutes that are not those of the learning phase, and lines that were meant to be replaced."""
    stages = protocol.study.stages
    kinds = [stage.kind for stage in stages]
    learning = kinds.index("learning")
    minutes = f"{stages[learning].maximum_minutes:g}"  # type: ignore[union-attr]  # the learning stage, just found
    before = {stage.text for stage in stages[:learning] if stage.kind == "text"}
    information = protocol.consent.information
    for language, edition in protocol.editions.items():
        for text, markdown in edition.texts.items():
            name = f"{language}/texts/{text}.md"
            named = [
                (number, minute)
                for number, line in enumerate(markdown.splitlines(), 1)
                for minute in _MINUTES.findall(line)
            ]
            said = [minute for _, minute in named]
            if text in before:
                for number, minute in named:
                    if minute != minutes:
                        yield Problem(name, number, "", f"says {minute} minutes; the learning phase has {minutes}")
            elif text == information and said and minutes not in said:
                yield Problem(
                    name,
                    named[0][0],
                    "",
                    f"says {', '.join(said)} minutes, but never the {minutes} of the learning phase",
                )
            if text == information and said and max(map(float, said)) <= float(minutes):
                yield Problem(
                    name, named[0][0], "", f"the whole study takes longer than the learning phase of {minutes} minutes"
                )
            for number, line in enumerate(markdown.splitlines(), 1):
                if _PLACEHOLDER in line:
                    yield Problem(
                        name, number, "", "the contact line is still the one that ships; name who is responsible"
                    )


def _languages(files: dict[str, str], protocol: Protocol) -> Iterator[Problem]:
    """Yield what one language has and another lacks, and what was copied and not translated."""
    first, *others = protocol.study.languages
    for name in sorted(files):
        language, _, rest = name.partition("/")
        if rest and language not in protocol.study.languages:
            yield Problem(
                name, 1, "", f"{language!r} is not among the languages of study.toml; nobody will see this file"
            )
    for language in others:
        for name in sorted(name for name in files if name.startswith(f"{first}/")):
            twin = language + name.removeprefix(first)
            if twin not in files:
                yield Problem(name, 1, "", f"has no translation {twin}")
            elif files[twin] == files[name]:
                yield Problem(twin, 1, "", f"is the same as {name}: not translated yet")
    for language, edition in protocol.editions.items():
        for stage in sorted(set(edition.titles.stages) - {stage.id for stage in protocol.study.stages}):
            name = f"{language}/titles.toml"
            yield _at(files, name, ("stages", stage), f"{stage!r} is no stage of study.toml")


def _study(files: dict[str, str], protocol: Protocol) -> Iterator[Problem]:
    """Yield what makes a comparison impossible, and where nobody comes to."""
    arms = protocol.study.arms
    if len(arms) == 1:
        yield _at(files, "study.toml", ("arms", 0), "only one arm: nothing is compared")
    for index, arm in enumerate(arms):
        if any(_learns(arm) == _learns(other) for other in arms[:index]):
            yield _at(files, "study.toml", ("arms", index), f"arm {arm.id!r} learns exactly as an arm before it")
    for name, values in _shared_features(protocol).items():
        if len(set(values.values())) > 1:
            yield _at(
                files,
                "study.toml",
                ("arms", len(arms) - 1, "features", name),
                f"not the same in every condition: {name} would be compared too, and not the conditions alone",
            )
    for found in contradictions(protocol):
        yield _at(files, "study.toml", found.path, found.message)
    stages = list(protocol.study.stages)
    learning = next(index for index, stage in enumerate(stages) if stage.kind == "learning")
    after = {stage.id for stage in stages[learning:]}
    tested = [stage.id for stage, instrument in protocol.instruments() if instrument.kind == "knowledge_test"]
    if not after & set(tested):
        yield _at(files, "study.toml", ("stages", learning), "no knowledge test follows the learning phase")


def _shared_features(protocol: Protocol) -> dict[str, dict[str, frozenset[bool]]]:
    """Return, for each feature that all conditions have, how the arms of each condition are set: on, off, or both."""
    arms = protocol.study.arms
    offered = {arm.condition: set(getattr(page_of(protocol.study, arm), "features", ())) for arm in arms}
    return {
        name: {
            condition: frozenset(arm.features.get(name, True) for arm in arms if arm.condition == condition)
            for condition in offered
        }
        for name in sorted(set.intersection(*offered.values()))
    }


def _learns(arm: Arm) -> tuple:
    return arm.condition, arm.features, arm.options
