"""A simulated person with the visualization."""

import math
from random import Random
from statistics import mean
from typing import Any
from urllib.parse import parse_qs

from survey.simulation.browsing import Browser
from survey.simulation.log import Log
from survey.simulation.material import Material
from survey.simulation.predicting import Predictions, Prompt
from survey.simulation.reading import go_deeper

# What learners set the sliders to: few values, as sliders have marks that people like.
SETTINGS = {"learning_rate": ("0.0001", "0.01", "0.1", "1"), "batch_size": ("5", "10", "50"), "noise": ("0.1", "0.2")}
SPEED = 2  # epochs a second, the slider's default
TOURED = 0.7  # of the learners begin with the guided tour
ASKING = ("clamp_gate", "edit_input", "nudge_weight")
GRAIN = 0.01  # of a drawn value


class Explorer:
    """Somebody who trains a network, changes it, and looks into it."""

    def __init__(self, browser: Browser, material: Material, chance: Random, log: Log):
        self._browser, self._material, self._chance, self._log = browser, material, chance, log
        self._without = set(material.visual.get("data-without", "").split())
        self.spec = material.visual["data-default-run"]
        self.epoch = 0
        self.layer = self.unit = 1
        self.view = "network"
        self.experiment = self.change = ""
        offered = material.experiments
        self._prompts: list[Prompt] = offered["predictions"]["data"]["prompts"] if "predictions" in offered else []
        fading = offered["predictions"]["data"]["fading"] if self._prompts else 0
        self._predictions = Predictions(chance, fading)
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
        possible += [self._predict] * 2 * bool(self._prompts)
        possible += [self._try] * bool(self._trials())
        return possible

    def _chunk(self, epoch: int) -> str:
        """Return the address of the chunk that holds an epoch, as the page asks for it."""
        first, last = (0, 1) if epoch <= 1 else (2, 9) if epoch <= 9 else (epoch // 10 * 10, epoch // 10 * 10 + 9)
        address = self._material.visual["data-chunk-url"].replace("SPEC", self.spec)
        return address.replace("FIRST", str(first)).replace("LAST", str(last))

    def _inside(self, layer: int) -> str:
        """Return the address of the inside of a layer."""
        address = self._material.visual["data-inspection-url"].replace("SPEC", self.spec)
        return address.replace("EPOCH", str(self.epoch)).replace("LAYER", str(layer))

    def _load(self, epoch: int) -> None:
        self._browser.fetch(self._chunk(epoch))

    def _show(self, epoch: int) -> None:
        self.epoch = epoch
        self._load(epoch)
        self._log.add("epoch_shown", {"epoch": epoch})

    def _run(self, spec: str, epoch: int) -> None:
        self.spec, self.epoch = spec, epoch
        self._log.add("run_started", {"spec": spec})
        self._load(epoch)

    def visit(self, address: str) -> None:
        """Go to an address of the page: its run, its view, its experiment."""
        asked = {name: values[0] for name, values in parse_qs(address.lstrip("?"), separator="&").items()}
        self.view = asked.get("view", "network")
        self.layer, self.unit = int(asked.get("layer", 1)), int(asked.get("unit", 1))
        self.epoch = int(asked.get("epoch", 0))
        if asked["run"] != self.spec:
            self._run(asked["run"], self.epoch)
        self._load(self.epoch)
        self.use(asked.get("experiment", ""), asked.get("change", ""))

    def use(self, experiment: str, change: str = "") -> None:
        """Have this experiment beside the picture with this changed in it; none where it is empty."""
        if experiment == self.experiment and change != self.change:
            data = {"experiment": experiment, "change": change, "epoch": self.epoch}
            self._log.add("experiment_changed", data)
        elif experiment != self.experiment:
            if self.experiment:
                self._log.add("experiment_closed", {"experiment": self.experiment})
            if experiment:
                self._log.add("experiment_opened", {"experiment": experiment, "change": change})
        self.experiment, self.change = experiment, change

    def moment(self) -> None:
        cell = self.view == "cell"
        shown = {"view": self.view, "layer": self.layer, "unit": self.unit, "cell_step": 0, "epoch": self.epoch}
        self._log.add("moment_shown", shown | {"phase": "forward", "step": self._chance.randint(1, 15), "beside": ""})
        if cell:
            self._browser.fetch(self._inside(self.layer))

    def _play(self) -> None:
        self.play(min(self.epoch + self._chance.randint(5, 30), 99))

    def play(self, until: int) -> None:
        self._log.add("playback_started", {"epoch": self.epoch})
        for epoch in range(self.epoch + 1, until + 1):
            self._log.wait(1 / SPEED)
            self._show(epoch)
        self._log.add("playback_paused", {"epoch": self.epoch})

    def _step(self) -> None:
        self._log.add("epoch_stepped", {"epoch": self.epoch + 1})
        self._show(min(self.epoch + 1, 99))

    def _set(self) -> None:
        name = self._chance.choice(list(SETTINGS))
        value = self._chance.choice(SETTINGS[name])
        fields = _fields(self.spec)
        if fields[name] == value or "@" in self.spec:
            return  # nothing new, or changed once already
        self._log.add("setting_changed", {"name": name, "value": value, "epoch": self.epoch})
        # What is changed on the way counts from the next epoch on; at the untrained network, from the beginning.
        if self.epoch == 0:
            self._run(_spec(fields | {name: value}), 0)
        else:
            self._run(f"{self.spec}@{self.epoch},{name}={value}", self.epoch)

    def _choose(self) -> None:
        self.choose(self._chance.choice([data for data in self._material.data_sets if data not in self.spec]))

    def choose(self, data: str) -> None:
        self._log.add("setting_changed", {"name": "data", "value": data, "epoch": 0})
        self._run(_spec(_fields(self._material.visual["data-default-run"]) | {"data": data}), 0)

    def _travel(self) -> None:
        self._show(self._chance.randint(0, self.epoch))

    def _reset(self) -> None:
        self._log.add("run_reset", {"epoch": self.epoch})
        self._run(self._material.visual["data-default-run"], 0)

    def _explain(self) -> None:
        concept = self._chance.choice(self._material.concepts)
        self._log.add("concept_opened", {"concept": concept})
        self._log.wait(self._chance.uniform(10, 60))
        go_deeper(self._material, concept, self._chance, self._log)
        self._log.add("concept_closed", {"concept": concept})

    def _example(self) -> None:
        example = self._chance.choice(list(self._material.examples))
        address = self._chance.choice(self._material.examples[example].split())
        self._log.add("example_shown", {"example": example, "address": address})
        self.visit(address)

    def _look(self) -> None:
        views = [view for view in ("cell", "time") if f"{view}_view" not in self._without]
        self.look(self._chance.choice(["network", *views]))

    def look(self, view: str) -> None:
        self.view, fields = view, _fields(self.spec)
        self.layer = self._chance.randint(1, int(fields["layers"]))
        self.unit = self._chance.randint(1, int(fields["units"]))
        inside = view == "cell"
        opened = {"layer": self.layer, "unit": self.unit} if inside else {"layer": 0, "unit": 0}
        self._log.add("view_opened", {"view": self.view} | opened)

    def _predict(self) -> None:
        """Go to the next prompt that is asked, where there is one, and on to some more."""
        asked = [each for each in self._prompts if self._predictions.is_asked(each)]
        for prompt in asked[: self._chance.randint(1, 3)]:
            if self.experiment != "predictions":
                self.use("predictions")
            self.visit(
                f"?run={prompt['run']}&epoch={prompt['epoch']}&experiment=predictions&change=prompt={prompt['id']}"
            )
            self.answer(prompt)
        self.use("")

    def answer(self, prompt: Prompt) -> None:
        """Predict at the place of the prompt, or have the truth shown."""
        asked = f"prompt={prompt['id']}"
        self._log.add("prompt_shown", {"prompt": prompt["id"]})
        self._log.wait(self._chance.uniform(10, 60))
        if self._chance.random() < 0.1:
            self._predictions.skip(prompt)
            self._log.add("prompt_skipped", {"prompt": prompt["id"]})
            self.use("predictions", f"{asked};skipped=1")
            return
        first, open_from = prompt["steps"][0], self._material.experiments["predictions"]["data"]["open_from"]
        answer, error, success = self._predictions.make(
            prompt | {"first": first, "open_from": open_from}, self._truth(prompt), GRAIN
        )
        name = "values" if prompt["kind"] == "curve" else "marked"
        guess = f"{asked};{name}={answer.replace(' ', ',')}"
        self.use("predictions", guess)
        self._log.wait(self._chance.uniform(1, 5))
        self.use("predictions", f"{guess};revealed=1")
        self._log.add("prediction_made", {"prompt": prompt["id"], "answer": answer, "error": error, "success": success})

    def _truth(self, prompt: Prompt) -> list[float]:
        """Return what the network does at the steps asked about."""
        first, last = prompt["steps"]
        if prompt["kind"] == "gate":
            inside = self._browser.fetch_json(self._inside(prompt["layer"]))
            return [units[prompt["unit"] - 1] for units in inside[prompt["gate"]][first - 1 : last]]
        chunk = self._browser.fetch_json(self._chunk(prompt["epoch"]))
        values = chunk["sequence"]["target"]
        if prompt["truth"] == "prediction":
            values = next(each for each in chunk["epochs"] if each["epoch"] == prompt["epoch"])["prediction"]
        given = len(chunk["sequence"]["input"])
        return values[first - given - 1 : last - given]

    def _trials(self) -> list[tuple[str, dict[str, Any]]]:
        """Return what is offered to try: experiments that ask the engine and are answered at once."""
        offered = self._material.experiments
        return [(id_, each) for id_ in ASKING if id_ in offered for each in offered[id_]["tries"]]

    def _try(self) -> None:
        """Open an experiment, try some of what it offers, now and then take it back."""
        experiment, _ = self._chance.choice(self._trials())
        tries = [each for id_, each in self._trials() if id_ == experiment]
        self.use(experiment)
        for each in self._chance.sample(tries, min(len(tries), self._chance.randint(1, 2))):
            self._log.wait(self._chance.uniform(5, 20))
            self.visit(each["address"])
            self.ask()
            self._log.wait(self._chance.uniform(5, 30))
            if self._chance.random() < 0.3:
                self._log.add("experiment_undone", {"experiment": experiment, "change": "", "epoch": self.epoch})
                self.change = ""
        self.use("")

    def ask(self) -> None:
        """Ask the engine what comes of the change, and log it."""
        question = self.change.replace("~", "&") + (f"&inspect={self.layer}" if self.view == "cell" else "")
        address = self._material.visual["data-what-if-url"].replace("SPEC", self.spec)
        answer = self._browser.fetch_json(f"{address.replace('EPOCH', str(self.epoch))}?{question}")
        self._log.add(
            "experiment_outcome",
            {
                "experiment": self.experiment,
                "change": self.change,
                "epoch": self.epoch,
                "numbers": _measured(self.experiment, answer),
            },
        )

    def follow_the_tour(self) -> None:
        """Go from step to step, do most of what they ask for, and leave at the end or before."""
        steps = self._material.tour
        last = len(steps) - 1 if self._chance.random() < 0.6 else self._chance.randrange(len(steps))
        for number, step in enumerate(steps):
            if step["address"]:
                self.visit(step["address"])
            else:
                self.use("")
            self._log.add("tutorial_step_shown", {"step": step["id"]})
            self._log.wait(self._chance.uniform(6, 25))
            self.moment()
            if step["waits_for"] and self._chance.random() < 0.9 and self._does(step["waits_for"]):
                self._log.add("tutorial_step_done", {"step": step["id"]})
            if number == last or self._log.over:
                self._log.add("tutorial_closed", {"step": step["id"]})
                break
        self.use("")

    def _does(self, wanted: dict[str, Any]) -> bool:
        """Do what a step of the tour waits for; return whether it came about."""
        match wanted.get("event"):
            case "setting_changed":
                self._choose()
            case "epoch_shown":
                self.play(max(wanted["epoch"], self.epoch + 1))
            case "view_opened":
                self.look(wanted["view"])
            case "prediction_made":
                self.answer(next(each for each in self._prompts if each["id"] == wanted["prompt"]))
                return self.change.endswith("revealed=1")
            case "experiment_outcome":
                tries = self._material.experiments[wanted["experiment"]]["tries"]
                self.visit(self._chance.choice(tries)["address"])
                self.ask()
            case None:  # something to be touched that logs nothing but the moment
                self.moment()
        return True


def _fields(spec: str) -> dict[str, str]:
    """Return what a run began with, {setting: value}."""
    return dict(part.split("=") for part in spec.partition("@")[0].split(";"))


def _spec(fields: dict[str, str]) -> str:
    return ";".join(f"{name}={value}" for name, value in fields.items())


def _measured(experiment: str, answer: dict[str, Any]) -> dict[str, float]:
    """Return the numbers that the page shows of an answer."""
    change = answer["prediction_change"]
    numbers = {name: answer[name] for name in ("loss", "original_loss", "loss_change")}
    numbers["prediction_change"] = change[0] if len(change) == 1 else mean(abs(value) for value in change)
    if experiment == "nudge_weight":
        return numbers | {name: answer["nudge"][name] for name in ("gradient", "foretold")}
    if experiment == "edit_input":
        # At which step that is read the hidden states changed most, and what of it is left at the last one.
        felt = [math.hypot(*layers) for layers in zip(*answer["hidden_state_change"], strict=True)]
        felt = felt[: len(answer["input"])]
        return numbers | {"peak": felt.index(max(felt)) + 1, "left": felt[-1] / max(felt) if max(felt) else 0}
    return numbers


def explore(browser: Browser, material: Material, chance: Random, log: Log) -> None:
    """Play, pause, change and look, until the time is used."""
    log.add("run_started", {"spec": material.visual["data-default-run"]})
    explorer = Explorer(browser, material, chance, log)
    if material.tour and chance.random() < TOURED:
        explorer.follow_the_tour()
    while not log.over:
        chance.choice(explorer.doings())()
        for _ in range(chance.randint(1, 4)):
            log.wait(chance.uniform(1, 8))
            explorer.moment()
