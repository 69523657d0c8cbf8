"""Reads the form of a page and fills it in, by patterns: a whole parser would cost more than the server's page."""

import html
import re
from dataclasses import dataclass, field
from random import Random
from urllib.parse import urlencode

_FORM = re.compile(r"<form\b([^>]*)>(.*?)</form>", re.S | re.I)
_FIELD = re.compile(r"<(input|textarea|select)\b([^>]*)>", re.I)
_OPTION = re.compile(r"<option\b[^>]*\bvalue=\"([^\"]+)\"", re.I)
_ATTRIBUTE = re.compile(r"([\w-]+)(?:=\"([^\"]*)\")?")
_POST = re.compile(r"\bmethod=\"?post", re.I)


@dataclass
class Form:
    """The form that leads on."""

    action: str
    hidden: dict[str, str] = field(default_factory=dict)
    answers: dict[str, str | list[str]] = field(default_factory=dict)
    learning: bool = False

    def encoded(self) -> bytes:
        return urlencode({**self.hidden, **self.answers}, doseq=True).encode()


def filled(page: str, chance: Random) -> Form | None:
    """Return the form that leads on, every item of it answered; None where there is none."""
    found = [(attributes, inner) for attributes, inner in _FORM.findall(page) if _POST.search(attributes)]
    if not found:
        return None
    attributes, inner = max(found, key=lambda each: "data-learning-phase" in each[0])
    given = dict(_ATTRIBUTE.findall(attributes))
    form = Form(html.unescape(given.get("action", "")), learning="data-learning-phase" in given)
    choices: dict[str, list[str]] = {}
    many = set()
    for match in _FIELD.finditer(inner):
        values = dict(_ATTRIBUTE.findall(match[2]))
        name, kind = values.get("name"), values.get("type", "text")
        if not name:
            continue
        if match[1].lower() == "select":
            choices[name] = _OPTION.findall(inner[match.end() : inner.index("</select>", match.end())])
        elif match[1].lower() == "textarea" or kind == "text":
            form.answers[name] = f"An answer, number {chance.randrange(10**6)}."
        elif kind == "hidden":
            form.hidden[name] = html.unescape(values.get("value", ""))
        elif kind == "number":
            form.answers[name] = str(int(float(values.get("min", "18"))) + chance.randrange(20))
        elif kind in ("radio", "checkbox"):
            choices.setdefault(name, []).append(html.unescape(values.get("value", "on")))
            if kind == "checkbox":
                many.add(name)
    for name, options in choices.items():
        chosen = chance.choice(options)
        form.answers[name] = [chosen] if name in many else chosen
    return form
