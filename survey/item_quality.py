"""Rules of the craft of writing knowledge items: what would let a participant guess, or ask what is not taught.

Each function returns what it finds fault with, in words. Items are the tables of an instrument file, as TOML reads
them. The rules of wording are those of English; the others hold in every language.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import Any

LEVELS = ("recall", "comprehension", "transfer")
OPTIONS = 3  # more are hardly ever better (Rodriguez 2005, doi 10.1111/j.1745-3992.2005.00006.x)
# A distractor may be this much shorter or longer than the key, in characters: length must not tell the key.
SHORTEST, LONGEST = 0.75, 1.33
# The key may be the longest option in this share of the items; guessing among three would make it a third.
KEY_LONGEST = 0.4
FORBIDDEN = re.compile(
    r"\b(all|none|any|both|neither) of (the above|these|them)\b|\b(a|b) and (b|c)\b|\bdo(n't| not) know\b",
    re.IGNORECASE,
)
NEGATION = re.compile(r"\b(not|no|never|except|least|without|cannot|incorrect|false|\w+n't)\b", re.IGNORECASE)
# A hedge in the key alone gives it away: who is right has to be careful.
HEDGE = re.compile(
    r"\b(usually|(?<!as )often|sometimes|generally|typically|mostly|probably|may|might|in most cases)\b", re.IGNORECASE
)
# Absolute words give a distractor away: experienced test takers avoid them.
ABSOLUTE = re.compile(r"\b(always|never|impossible|under all circumstances)\b", re.IGNORECASE)
FUNCTION_WORDS = set(
    re.findall(
        r"\w+",
        """
    all and are been can down during each for from had has have how into its more must near new now one only
    out own per shall such than that the their them then there these they this those three two under until
    what when where which while who whose why will with
    """,
    )
)


def _words(text: str) -> set[str]:
    """Return the content words of a text, cut so that forms of one word meet."""
    words = re.findall(r"[a-z]{3,}", text.lower())
    return {re.sub(r"(ing|ed|es|s|e|ly)$", "", word) for word in words if word not in FUNCTION_WORDS}


def key_and_distractors(item: Mapping) -> tuple[Mapping, list[Mapping]]:
    """Return the option that the item's key names, and the others."""
    key = next(option for option in item["options"] if option["value"] == item["key"])
    return key, [option for option in item["options"] if option is not key]


def wording_problems(item: Mapping) -> list[str]:
    """Return what lets a participant guess the key of a single-choice item, or read the item wrongly."""
    problems = []
    key, distractors = key_and_distractors(item)
    texts = [option["text"] for option in item["options"]]
    if len(texts) != OPTIONS:
        problems.append(f"has {len(texts)} options; expected {OPTIONS}")
    if len({text.strip(" .").lower() for text in texts}) < len(texts):
        problems.append("has two options with the same text")
    for option in distractors:
        ratio = len(option["text"]) / len(key["text"])
        if not SHORTEST <= ratio <= LONGEST:
            problems.append(f"option {option['value']} has {ratio:.2f} of the key's length")
        if not option.get("misconception", "").strip():
            problems.append(f"option {option['value']} names no misconception")
    if key.get("misconception"):
        problems.append("the key names a misconception")
    for text in texts:
        if FORBIDDEN.search(text):
            problems.append(f"has a forbidden phrase: {text!r}")
        if ABSOLUTE.search(text):
            problems.append(f"has an absolute word: {text!r}")
    if found := NEGATION.search(item["text"]):
        problems.append(f"asks with a negation: {found[0]!r}")
    repeated = _words(item["text"]) & _words(key["text"])
    if telling := repeated.difference(*(_words(option["text"]) for option in distractors)):
        problems.append(f"only the key repeats from the question: {sorted(telling)}")
    if (found := HEDGE.search(key["text"])) and not any(HEDGE.search(option["text"]) for option in distractors):
        problems.append(f"only the key is hedged: {found[0]!r}")
    if len({text.endswith(".") for text in texts}) > 1:
        problems.append("only some options end with a full stop")
    return problems


def teaching_problems(item: Mapping, paragraphs: Mapping[str, int]) -> list[str]:
    """Return where an item refers to what is not taught; `paragraphs` holds their number for each taught concept."""
    problems = []
    if item.get("concept") not in paragraphs:
        problems.append(f"tests {item.get('concept')!r}, which is not in the curriculum")
    if item.get("level") not in LEVELS:
        problems.append(f"has the level {item.get('level')!r}")
    if not item.get("reason", "").strip():
        problems.append("gives no reason for its key")
    passages = [passage.partition(":")[::2] for passage in item.get("passages", [])]
    for concept, number in passages:
        if not (number.isdigit() and 1 <= int(number) <= paragraphs.get(concept, 0)):
            problems.append(f"cites {concept}:{number}, which does not exist")
    if item.get("concept") not in [concept for concept, _ in passages]:
        problems.append("cites no passage of its own concept")
    return problems


def repetitions(items: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return {item: the item before it that asks the same question} of all knowledge items of a study."""
    first: dict[str, str] = {}
    repeated = {}
    for item in items:
        question = " ".join(re.findall(r"\w+", item["text"].lower()))
        if first.setdefault(question, item["id"]) != item["id"]:
            repeated[item["id"]] = first[question]
    return repeated


def unevenness(items: Collection[Mapping[str, Any]]) -> list[str]:
    """Return what is uneven in a whole test: keys at one place, or keys that are the longest option too often."""
    choices = [item for item in items if item.get("type") == "single_choice" and item.get("key")]
    if len(choices) < 2 * OPTIONS:
        return []
    problems = []
    places = Counter([option["value"] for option in item["options"]].index(item["key"]) + 1 for item in choices)
    at = [places.get(place, 0) for place in range(1, OPTIONS + 1)]
    if max(at) - min(at) > 1:
        problems.append(f"the keys are at the places 1, 2, 3 of the options {at} times; expected an even spread")
    longest = 0
    for item in choices:
        key, distractors = key_and_distractors(item)
        longest += len(key["text"]) > max(len(option["text"]) for option in distractors)
    if longest > KEY_LONGEST * len(choices):
        problems.append(f"the key is the longest option in {longest} of {len(choices)} items")
    return problems
