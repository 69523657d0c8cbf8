"""What a simulated person does with the learning material: loads what its page names, looks around, and is logged.

The material is known by what its page says of itself, as the page's own scripts know it: `data-chunk-url` is a
visualization that trains, `data-chapter` a text. Any other page is loaded and left. Prompts to predict, the guided
tour and the experiments are left alone.
"""

import time
import uuid
from dataclasses import dataclass, field
from html.parser import HTMLParser
from random import Random
from typing import Any
from urllib.parse import parse_qs

from survey.simulation.browsing import Browser, Page, SimulationError

BATCH = 200  # events in one request, as the browser's recorder sends them
LOADED = {"stylesheet", "modulepreload", "preload", "icon"}
# What learners set the sliders to: few values, as sliders have marks that people like.
SETTINGS = {"learning_rate": ("0.0001", "0.01", "0.1", "1"), "batch_size": ("5", "10", "50"), "noise": ("0.1", "0.2")}
SPEED = 2  # epochs a second, the slider's default


@dataclass
class Material:
    """What a learning page says of itself."""

    loads: list[str] = field(default_factory=list)
    events_url: str = ""
    # Of a visualization: {attribute of its root: value}, the data sets that can be chosen, {example: its addresses}.
    visual: dict[str, str] = field(default_factory=dict)
    data_sets: list[str] = field(default_factory=list)
    examples: dict[str, str] = field(default_factory=dict)
    concepts: list[str] = field(default_factory=list)
    # What goes deeper and is opened on demand: {concept: words}.
    deeper: dict[str, int] = field(default_factory=dict)
    # Of a text: {chapter: [(concept, words)]}.
    chapters: dict[str, list[tuple[str, int]]] = field(default_factory=dict)


def material_of(page: Page) -> Material:
    reader = _Reader()
    reader.feed(page.html)
    return reader.found


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found = Material()
        self._deeper = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given, found = {name: value or "" for name, value in attrs}, self.found
        found.events_url = found.events_url or given.get("data-events-url", "") or given.get("data-events", "")
        if tag == "link" and given.get("rel") in LOADED:
            found.loads.append(given["href"])
        elif tag in ("script", "img") and "src" in given:
            found.loads.append(given["src"])
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
        elif found.chapters and tag == "section" and given.get("class") == "concept":
            list(found.chapters.values())[-1].append((given["id"], 0))

    def handle_endtag(self, tag: str) -> None:
        if tag == "details":
            self._deeper = ""

    def handle_data(self, data: str) -> None:
        if self._deeper:
            self.found.deeper[self._deeper] += len(data.split())
            return
        parts = list(self.found.chapters.values())
        if parts and parts[-1]:
            concept, words = parts[-1][-1]
            parts[-1][-1] = (concept, words + len(data.split()))


def learn(browser: Browser, page: Page, chance: Random, minutes: float) -> int:
    """Use the material for about these minutes; return how many events were logged.

    The minutes pass on the clock of the simulated browser alone, which runs ahead of ours.
    """
    material = material_of(page)
    for address in material.loads:
        browser.fetch(address)
    log = _Log(60 * minutes)
    log.add("page_shown", {"path": page.path})
    if material.visual:
        _explore(browser, material, chance, log)
    elif material.chapters:
        _read(material, chance, log)
    if not material.events_url:
        return 0
    for at in range(0, len(log.events), BATCH):
        told = browser.post_json(material.events_url, {"events": log.events[at : at + BATCH]}, page)
        if told["refused"]:
            raise SimulationError(f"{material.events_url}: {told['refused'][0]['error']}")
    return len(log.events)


class _Log:
    """The events of one page, in the order in which they happened, on a clock of their own."""

    def __init__(self, seconds: float):
        self.events: list[dict[str, Any]] = []
        self._begun, self._passed, self._seconds = time.time(), 0.0, seconds

    @property
    def over(self) -> bool:
        return self._passed >= self._seconds

    def wait(self, seconds: float) -> None:
        self._passed += seconds

    def add(self, kind: str, data: dict[str, Any]) -> None:
        self.events.append(
            {
                "id": str(uuid.uuid4()),
                "sequence": len(self.events) + 1,
                "kind": kind,
                "at": round(1000 * (self._begun + self._passed)),
                "data": data,
            }
        )


def _read(material: Material, chance: Random, log: _Log) -> None:
    """Read chapter after chapter at one's own speed, passing over some of it, now and then looking away."""
    words_a_second = chance.uniform(180, 320) / 60
    thorough = chance.uniform(0.6, 1)
    for chapter, parts in material.chapters.items():
        if log.over:
            return
        log.add("chapter_opened", {"chapter": chapter})
        for number, (concept, words) in enumerate(parts, start=1):
            reads = chance.random() < thorough
            log.wait(words / words_a_second if reads else 3)
            for part in range(2 if reads else 1):
                position = round((number - 0.5 + part / 2) / len(parts), 3)
                log.add("scrolled", {"chapter": chapter, "position": position, "concept": concept})
            if reads:
                _go_deeper(material, concept, chance, log)
            if chance.random() < 0.03:
                away = chance.randint(2_000, 40_000)
                log.add("page_hidden", {})
                log.wait(away / 1000)
                log.add("page_visible", {"hidden_ms": away})


def _go_deeper(material: Material, concept: str, chance: Random, log: _Log) -> None:
    """Now and then, open what goes deeper, and read it."""
    if concept in material.deeper and chance.random() < 0.2:
        log.add("deeper_opened", {"concept": concept})
        log.wait(material.deeper[concept] / 4)
        log.add("deeper_closed", {"concept": concept})


class _Explorer:
    """Somebody who trains a network, changes it, and looks into it."""

    def __init__(self, browser: Browser, material: Material, chance: Random, log: _Log):
        self._browser, self._material, self._chance, self._log = browser, material, chance, log
        self._without = set(material.visual.get("data-without", "").split())
        self.spec = material.visual["data-default-run"]
        self.epoch = 0
        self.layer = self.unit = 1
        self.view = "network"
        self._load(0)

    def doings(self) -> list:
        """Return what may be done next; what is done more often stands there more often."""
        possible = [self._play] * 4
        if "settings" not in self._without:
            possible += [self._set] * 2
        if "structure" not in self._without and self._material.data_sets:
            possible.append(self._choose)
        if "time_machine" not in self._without:
            possible += [self._step, self._travel, self._reset]
        if "explanations" not in self._without and self._material.concepts:
            possible += [self._explain] * 3
            possible += [self._example] * bool(self._material.examples)
        possible += [self._look] * 3
        return possible

    def _load(self, epoch: int) -> None:
        """Fetch the chunk that holds an epoch, as the page asks for it."""
        first, last = (0, 1) if epoch <= 1 else (2, 9) if epoch <= 9 else (epoch // 10 * 10, epoch // 10 * 10 + 9)
        address = self._material.visual["data-chunk-url"].replace("SPEC", self.spec)
        self._browser.fetch(address.replace("FIRST", str(first)).replace("LAST", str(last)))

    def _show(self, epoch: int) -> None:
        self.epoch = epoch
        self._load(epoch)
        self._log.add("epoch_shown", {"epoch": epoch})

    def _run(self, spec: str, epoch: int) -> None:
        self.spec = spec
        self._log.add("run_started", {"spec": spec})
        self._show(epoch)

    def moment(self) -> None:
        cell = self.view == "cell"
        shown = {"view": self.view, "layer": self.layer, "unit": self.unit, "cell_step": 0, "epoch": self.epoch}
        self._log.add("moment_shown", shown | {"phase": "forward", "step": self._chance.randint(1, 15), "beside": ""})
        if cell:
            address = self._material.visual["data-inspection-url"].replace("SPEC", self.spec)
            self._browser.fetch(address.replace("EPOCH", str(self.epoch)).replace("LAYER", str(self.layer)))

    def _play(self) -> None:
        self._log.add("playback_started", {"epoch": self.epoch})
        for epoch in range(self.epoch + 1, min(self.epoch + self._chance.randint(5, 30), 99)):
            self._log.wait(1 / SPEED)
            self._show(epoch)
        self._log.add("playback_paused", {"epoch": self.epoch})

    def _step(self) -> None:
        self._log.add("epoch_stepped", {"epoch": self.epoch + 1})
        self._show(min(self.epoch + 1, 99))

    def _set(self) -> None:
        name = self._chance.choice(list(SETTINGS))
        value = self._chance.choice(SETTINGS[name])
        self._log.add("setting_changed", {"name": name, "value": value, "epoch": self.epoch})
        fields = dict(part.split("=") for part in self.spec.partition("@")[0].split(";"))
        # What is changed on the way counts from the next epoch on; at the untrained network, from the beginning.
        if self.epoch == 0:
            self._run(";".join(f"{key}={held}" for key, held in (fields | {name: value}).items()), 0)
        elif "@" not in self.spec and fields[name] != value:
            self._run(f"{self.spec}@{self.epoch},{name}={value}", self.epoch)

    def _choose(self) -> None:
        fields = dict(part.split("=") for part in self._material.visual["data-default-run"].split(";"))
        fields["data"] = self._chance.choice(self._material.data_sets)
        self._log.add("setting_changed", {"name": "data", "value": fields["data"], "epoch": self.epoch})
        self._run(";".join(f"{key}={held}" for key, held in fields.items()), 0)

    def _travel(self) -> None:
        self._show(self._chance.randint(0, self.epoch))

    def _reset(self) -> None:
        self._log.add("run_reset", {"epoch": self.epoch})
        self._run(self._material.visual["data-default-run"], 0)

    def _explain(self) -> None:
        concept = self._chance.choice(self._material.concepts)
        self._log.add("concept_opened", {"concept": concept})
        self._log.wait(self._chance.uniform(10, 60))
        _go_deeper(self._material, concept, self._chance, self._log)
        self._log.add("concept_closed", {"concept": concept})

    def _example(self) -> None:
        example = self._chance.choice(list(self._material.examples))
        address = self._chance.choice(self._material.examples[example].split())
        asked = {name: values[0] for name, values in parse_qs(address.lstrip("?"), separator="&").items()}
        self._log.add("example_shown", {"example": example, "address": address})
        self._run(asked["run"], int(asked.get("epoch", 0)))

    def _look(self) -> None:
        views = [view for view in ("cell", "time") if f"{view}_view" not in self._without]
        self.view = self._chance.choice(["network", *views])
        self.layer, self.unit = self._chance.randint(1, 2), self._chance.randint(1, 4)
        inside = self.view == "cell"
        opened = {"layer": self.layer, "unit": self.unit} if inside else {"layer": 0, "unit": 0}
        self._log.add("view_opened", {"view": self.view} | opened)


def _explore(browser: Browser, material: Material, chance: Random, log: _Log) -> None:
    """Play, pause, change and look, until the time is used."""
    log.add("run_started", {"spec": material.visual["data-default-run"]})
    explorer = _Explorer(browser, material, chance, log)
    while not log.over:
        chance.choice(explorer.doings())()
        for _ in range(chance.randint(1, 4)):
            log.wait(chance.uniform(1, 8))
            explorer.moment()
