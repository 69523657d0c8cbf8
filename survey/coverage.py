"""What each condition teaches and what the tests ask: concept by concept, from the pages as they are rendered.

A condition shows a concept with the template `survey/concept.html`, so that its page can be read here without knowing
the condition. No database is needed.
"""

import html
import inspect
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from django.test import RequestFactory, override_settings
from django.urls import resolve, reverse
from django.utils import timezone, translation

from survey import curriculum
from survey.curriculum import examples
from survey.item_quality import LEVELS
from survey.participation import learning_of
from survey.study_file import Arm, Protocol

_EXAMPLE = re.compile(r'data-example="(\w+)" data-addresses="([^"]*)"')
_DEEPER = re.compile(r'<details class="concept__deeper".*?</details>', re.DOTALL)
_SECTION = re.compile(r'<section class="concept" id="(?:\w+-)?(\w+)".*?</section>', re.DOTALL)


WORDS_A_MINUTE = 200  # of careful reading
CORE_MINUTES = 25  # in which the core of an explanation of everything is to be read


@dataclass(frozen=True)
class Row:
    """One concept: its words in each arm's condition, and the items that test it."""

    concept: str
    title: str
    chapter: str
    words_per_sentence: float  # of the explanation
    words: dict[str, int]  # arm to number of words; 0 where the concept is missing
    core: dict[str, int]  # of these, what everybody is to read: all but what goes deeper
    items: dict[str, Counter[str]]  # instrument to level to number of items


@dataclass(frozen=True)
class Report:
    language: str
    arms: tuple[str, ...]
    instruments: tuple[str, ...]
    rows: tuple[Row, ...]
    reading: dict[str, int]  # arm to words to read: the concepts' core, chapters' introductions, captions of figures
    page_words: dict[str, int]  # arm to words of its whole page, captions, tables and labels included
    figures: dict[str, int]  # arm to figures with a caption
    examples: dict[str, dict[str, int]]  # example to arm to moments shown
    problems: list[str] = field(default_factory=list)

    def concept_words(self, arm: str) -> int:
        return sum(row.words[arm] for row in self.rows)

    def core_words(self, arm: str) -> int:
        return sum(row.core[arm] for row in self.rows)


def report(protocol: Protocol, language: str) -> Report:
    """Return the coverage of a study in one language, with everything that is missing or unequal."""
    pages = {arm.id: page(protocol, arm, language) for arm in protocol.study.arms}
    # A study may take the explanations away from an arm: then they may be on its page, but nobody can open them.
    readers = {arm.id for arm in protocol.study.arms if arm.features.get("explanations", True)}
    shown = {arm: concepts(text) if arm in readers else {} for arm, text in pages.items()}
    sections = {arm: _sections(text) if arm in readers else {} for arm, text in pages.items()}
    moments = {arm: addresses(text) if arm in readers else {} for arm, text in pages.items()}
    tests = {
        stage.id: instrument.items
        for stage, instrument in protocol.instruments()
        if instrument.kind == "knowledge_test"
    }
    rows = tuple(
        Row(
            concept.id,
            concept.title,
            chapter.title,
            concept.words_per_sentence,
            {arm: _words(found.get(concept.id, "")) for arm, found in sections.items()},
            {arm: _words(_DEEPER.sub(" ", found.get(concept.id, ""))) for arm, found in sections.items()},
            {
                test: Counter(item.level or "" for item in items if item.concept == concept.id)
                for test, items in tests.items()
            },
        )
        for chapter in curriculum.chapters(language)
        for concept in chapter.concepts
    )
    return Report(
        language,
        tuple(pages),
        tuple(tests),
        rows,
        {arm: _reading(pages[arm], found) for arm, found in sections.items()},
        {arm: len(_text(text).split()) for arm, text in pages.items()},
        {arm: text.count("<figcaption") for arm, text in pages.items()},
        {
            each: {arm: len(found.get(each, "").split()) for arm, found in moments.items()}
            for each in examples.examples(language)
        },
        [
            *unequal(rows, shown),
            *unmatched(examples.examples(language).values(), pages, moments),
            *untaught(rows, tests, language),
            *too_deep(tests, language),
        ],
    )


def page(protocol: Protocol, arm: Arm, language: str) -> str:
    """Return the body of the page on which an arm learns, as its participants get it."""
    study, now = {"study": protocol.study.name}, timezone.now()
    due_at = now + timedelta(minutes=protocol.learning.maximum_minutes)
    learning = learning_of(protocol, arm.id, language, "COVERAGE", due_at, now)
    address = reverse(arm.condition, kwargs=study)
    view = inspect.unwrap(resolve(address).func)  # behind participant_required, which asks the database
    # DEBUG: files by their plain names, so that nothing has to be collected first.
    with translation.override(language), override_settings(DEBUG=True):
        answer = view(RequestFactory().get(address), **study, learning=learning).content.decode()
    found = re.search(r"<body.*</body>", answer, re.DOTALL)
    return found[0] if found else answer


def concepts(page: str) -> dict[str, str]:
    """Return {concept: its words} of a page, in the order of the page."""
    return {concept: _text(section) for concept, section in _sections(page).items()}


def _sections(page: str) -> dict[str, str]:
    return {match[1]: match[0] for match in _SECTION.finditer(page)}


def addresses(page: str) -> dict[str, str]:
    """Return {example: the addresses of the moments it shows} of a page."""
    return {match[1]: html.unescape(match[2]) for match in _EXAMPLE.finditer(page)}


def unmatched(
    known: Iterable[examples.Example], pages: Mapping[str, str], moments: Mapping[str, Mapping[str, str]]
) -> list[str]:
    """Return which example an arm lacks or shows on other moments, and which figures are no example."""
    problems = []
    for arm, found in moments.items():
        for example in known:
            if example.id not in found:
                problems.append(f"example {example.id}: missing in the condition of arm {arm!r}")
            elif found[example.id] != example.addresses:
                problems.append(f"example {example.id}: arm {arm!r} shows other moments")
        for figure in re.findall(r"<figure\b[^>]*>", pages[arm]):
            if not _EXAMPLE.search(figure):
                problems.append(f"arm {arm!r} has a figure that no other arm can show: {figure[:80]}")
    return problems


def unequal(rows: Iterable[Row], shown: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Return which concepts an arm lacks or words differently from the first arm, and where their order differs."""
    first, *others = shown
    problems = [
        f"{row.concept}: missing in the condition of arm {arm!r}"
        for row in rows
        for arm, words in row.words.items()
        if not words
    ]
    for arm in others:
        common = [concept for concept in shown[first] if concept in shown[arm]]
        problems += [
            f"{concept}: the arms {first!r} and {arm!r} read different words"
            for concept in common
            if shown[first][concept] != shown[arm][concept]
        ]
        if common != [concept for concept in shown[arm] if concept in shown[first]]:
            problems.append(f"the arms {first!r} and {arm!r} teach the concepts in different orders")
    return problems


def untaught(rows: Iterable[Row], tests: Mapping[str, Iterable], language: str) -> list[str]:
    """Return which items test a concept that is not taught, or cite a passage that does not exist."""
    taught = {row.concept for row in rows}
    problems = []
    for test, items in tests.items():
        for item in items:
            if item.concept not in taught:
                problems.append(f"{test}, {item.id}: tests {item.concept!r}, which is not taught")
            for passage in item.passages:
                concept, _, number = passage.partition(":")
                if concept not in taught or not _has(language, concept, number):
                    problems.append(f"{test}, {item.id}: cites {passage}, which does not exist")
    return problems


def too_deep(tests: Mapping[str, Iterable], language: str) -> list[str]:
    """Return which items cite a passage that a reader may leave out."""
    cores = {concept.id: concept.core for chapter in curriculum.chapters(language) for concept in chapter.concepts}
    return [
        f"{test}, {item.id}: cites {passage}, which goes deeper and may be left out"
        for test, items in tests.items()
        for item in items
        for passage in item.passages
        if passage.partition(":")[2].isdigit()
        and int(passage.partition(":")[2]) > cores.get(passage.partition(":")[0], 0) > 0
    ]


def _has(language: str, concept: str, number: str) -> bool:
    return number.isdigit() and 1 <= int(number) <= len(curriculum.concept(language, concept).passages)


def _text(markup: str) -> str:
    """Return the words of a piece of a page, without formulas' structure and without what is only a picture."""
    without = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", markup, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", without)).split())


def _words(section: str) -> int:
    """Return how many words of a concept there are to read: a formula counts as one, links to others do not."""
    without = re.sub(r'<p class="concept__related.*?</p>', " ", section, flags=re.DOTALL)
    return len(_text(re.sub(r"<math\b.*?</math>", " x ", without, flags=re.DOTALL)).split())


def _reading(page: str, sections: Mapping[str, str]) -> int:
    """Return the words that somebody reads who reads everything once and opens nothing."""
    if not sections:
        return 0
    beside = re.findall(r'<figcaption\b.*?</figcaption>|<p class="\w+introduction".*?</p>', page, re.DOTALL)
    return sum(_words(_DEEPER.sub(" ", section)) for section in sections.values()) + sum(map(_words, beside))


def as_markdown(coverage: Report, study: str) -> str:
    """Return the report as a page of documentation."""
    heads = ["chapter", "concept", "words a sentence"]
    heads += [*(f"{arm}: words (core)" for arm in coverage.arms), *coverage.instruments]
    lines = [
        f"# Coverage of the study {study!r} ({coverage.language})",
        "",
        "Made by `manage.py coverage_report`. Words are those of the concept's explanation, misconception and formula "
        "(the formula itself counts as one) on the page of each arm; the core is what is to be read by everybody, "
        "without the part that goes deeper and opens on demand. Items are counted by level: "
        + ", ".join(f"{level[0].upper()} {level}" for level in LEVELS)
        + ".",
        "",
        "| " + " | ".join(heads) + " |",
        "|" + "---|" * len(heads),
    ]
    for row in coverage.rows:
        cells = [row.chapter, f"`{row.concept}`", f"{row.words_per_sentence:.1f}"]
        cells += [f"{row.words[arm]} ({row.core[arm]})" if row.words[arm] else "missing" for arm in coverage.arms]
        cells += [_levels(row.items[test]) for test in coverage.instruments]
        lines.append("| " + " | ".join(cells) + " |")
    sums = [f"{coverage.concept_words(arm)} ({coverage.core_words(arm)})" for arm in coverage.arms]
    sums += [str(sum(sum(row.items[test].values()) for row in coverage.rows)) for test in coverage.instruments]
    mean = sum(row.words_per_sentence for row in coverage.rows) / len(coverage.rows)
    lines += ["| **all** | " + " | ".join([str(len(coverage.rows)), f"{mean:.1f}", *sums]) + " |", ""]
    lines += ["| example | " + " | ".join(f"{arm}: moments" for arm in coverage.arms) + " |"]
    lines += ["|---|" + "---|" * len(coverage.arms)]
    for example, shown in coverage.examples.items():
        lines.append(f"| `{example}` | " + " | ".join(str(shown[arm] or "missing") for arm in coverage.arms) + " |")
    lines += [
        "",
        "An example is a concept's picture of the same moments of the same trained networks: a figure of the text, "
        "addresses in the visualization.",
        "",
    ]
    lines += [
        f"- Arm `{arm}`: {coverage.reading[arm]} words to read, chapters' introductions and figures' captions "
        f"included, about {coverage.reading[arm] / WORDS_A_MINUTE:.0f} minutes at {WORDS_A_MINUTE} a minute; "
        f"{coverage.page_words[arm]} words on the whole page, captions, tables and labels included; "
        f"{coverage.figures[arm]} figures with a caption."
        for arm in coverage.arms
    ]
    untested = [row.concept for row in coverage.rows if not any(row.items.values())]
    lines += ["", f"In no test: {', '.join(f'`{concept}`' for concept in untested) or 'none'}.", ""]
    lines += [f"- **{problem}**" for problem in coverage.problems] or ["Nothing is missing or unequal."]
    return "\n".join(lines) + "\n"


def _levels(levels: Counter[str]) -> str:
    return " ".join(f"{level[0].upper()}{levels[level]}" for level in LEVELS if levels[level])
