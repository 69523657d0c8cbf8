"""What a learning page says of itself, as the page's own scripts read it.

`data-chunk-url` is a visualization that trains, `data-chapter` a text. Any other page says nothing of what it holds.
"""

import json
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from survey.simulation.browsing import Page

LOADED = {"stylesheet", "modulepreload", "preload", "icon"}


@dataclass
class Material:
    """What can be used on a learning page."""

    loads: list[str] = field(default_factory=list)
    events_url: str = ""
    # Of a visualization: {attribute of its root: value}, the data sets that can be chosen, {example: its addresses}.
    visual: dict[str, str] = field(default_factory=dict)
    data_sets: list[str] = field(default_factory=list)
    examples: dict[str, str] = field(default_factory=dict)
    concepts: list[str] = field(default_factory=list)
    tour: list[dict[str, Any]] = field(default_factory=list)
    experiments: dict[str, dict[str, Any]] = field(default_factory=dict)
    # What goes deeper and is opened on demand: {concept: words}.
    deeper: dict[str, int] = field(default_factory=dict)
    # Of a text: {chapter: [(concept, words)]}, {concept: the prompts after it}, and when they are no longer asked.
    chapters: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    prompts: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    fading: int = 0


def material_of(page: Page) -> Material:
    reader = _Reader()
    reader.feed(page.html)
    return reader.found


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found = Material()
        self._deeper = self._prompt = self._script = self._json = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given, found = {name: value or "" for name, value in attrs}, self.found
        found.events_url = found.events_url or given.get("data-events-url", "") or given.get("data-events", "")
        found.fading = found.fading or int(given.get("data-fading", 0))
        if tag == "link" and given.get("rel") in LOADED:
            found.loads.append(given["href"])
        elif tag in ("script", "img") and "src" in given:
            found.loads.append(given["src"])
        elif tag == "script" and given.get("type") == "application/json":
            self._script = given["id"]
        elif "data-chunk-url" in given:
            found.visual = given
        elif tag == "input" and given.get("name") == "data":
            found.data_sets.append(given["value"])
        elif "data-example" in given:
            found.examples[given["data-example"]] = given.get("data-addresses", "")
        elif "data-concept-text" in given:
            found.concepts.append(given["data-concept-text"])
        elif "data-deeper" in given:
            self._deeper = given["data-deeper"]
            found.deeper[self._deeper] = 0
        elif "data-chapter" in given:
            found.chapters[given["data-chapter"]] = []
        elif "data-prompt" in given and tag == "section":
            self._prompt = given["data-prompt"]
        elif found.chapters and tag == "section" and given.get("class") == "concept":
            list(found.chapters.values())[-1].append((given["id"], 0))

    def handle_endtag(self, tag: str) -> None:
        if tag == "details":
            self._deeper = ""
        elif tag == "script" and self._script:
            self._keep(json.loads(self._json))
            self._script = self._json = ""

    def handle_data(self, data: str) -> None:
        if self._script:
            self._json += data
            return
        if self._deeper:
            self.found.deeper[self._deeper] += len(data.split())
            return
        parts = list(self.found.chapters.values())
        if parts and parts[-1]:
            concept, words = parts[-1][-1]
            parts[-1][-1] = (concept, words + len(data.split()))

    def _keep(self, said: Any) -> None:
        found = self.found
        if self._script == "visual-tour":
            found.tour = said
        elif self._script == "visual-experiments":
            found.experiments = said
        elif self._script == f"asked-{self._prompt}":
            concept, _ = list(found.chapters.values())[-1][-1]
            found.prompts.setdefault(concept, []).append({"id": self._prompt, **said})
