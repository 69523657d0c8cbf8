"""What was on one participant's screen at any second of the learning phase, from the interaction events alone."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from survey.models import InteractionEvent, Participant


@dataclass(frozen=True)
class Screen:
    """What a learner sees; empty or 0 is what is not there."""

    path: str = ""
    hidden: bool = False  # another tab, another window, a locked screen
    # The interactive condition
    spec: str = ""
    view: str = ""
    layer: int = 0
    unit: int = 0
    cell_step: int = 0
    epoch: int = 0
    phase: str = ""
    step: int = 0
    beside: str = ""
    playing: bool = False
    concept: str = ""
    deeper: str = ""  # the concepts whose deeper part is open
    tutorial_step: str = ""
    experiment: str = ""
    change: str = ""
    prompt: str = ""
    # The text condition
    chapter: str = ""
    position: float = 0.0

    @property
    def address(self) -> str:
        """Return the query string with which the visualization shows the same, or nothing where there is none."""
        if not self.spec or not self.view:
            return ""
        place = {"run": self.spec, "epoch": self.epoch, "step": self.step, "view": self.view}
        if self.phase == "backward":
            place["phase"] = "backward"
        if self.view == "cell":
            place |= {"layer": self.layer, "unit": self.unit, "cell_step": self.cell_step}
        if self.view == "time" and self.beside:
            place["beside"] = self.beside
        if self.experiment:
            place |= {"experiment": self.experiment, "change": self.change}
        return "?" + urlencode(place, safe=";=,@:")

    def lines(self) -> list[str]:
        """Return the screen in words, one thing a line."""
        told = [f"page      {self.path}{' (out of sight)' if self.hidden else ''}"]
        if self.view:
            place = f", layer {self.layer}, unit {self.unit}" if self.view == "cell" else ""
            place += f", above {self.beside}" if self.view == "time" and self.beside else ""
            playing = ", playing" if self.playing else ""
            told += [
                f"view      {self.view}{place}",
                f"moment    epoch {self.epoch}, {self.phase}, time step {self.step}{playing}",
                f"run       {self.spec}",
                f"address   {self.address}",
            ]
        beside = {
            "concept": self.concept,
            "deeper": self.deeper,
            "tour": self.tutorial_step,
            "prompt": self.prompt,
            "experiment": f"{self.experiment} {self.change}".strip(),
            "chapter": f"{self.chapter}, {self.position:.0%} of it" if self.chapter else "",
        }
        return told + [f"{name:9} {value}" for name, value in beside.items() if value]


def screens(events: Iterable[InteractionEvent]) -> Iterator[tuple[float, str, Screen]]:
    """Return (seconds, kind of event, screen after it) for events in their order, seconds from the first one on.

    Time is the participant's clock; where it was set back, time stands still rather than run backwards.
    """
    screen, start, seconds = Screen(), None, 0.0
    for event in events:
        start = start or event.occurred_at
        seconds = max(seconds, (event.occurred_at - start).total_seconds())
        screen = replace(screen, **_changes(event.kind, event.data, screen))
        yield seconds, event.kind, screen


def screen_at(events: Iterable[InteractionEvent], second: float) -> Screen:
    """Return what was on the screen `second` seconds after the first event; before it, an empty screen."""
    shown = Screen()
    for seconds, _, screen in screens(events):
        if seconds > second:
            break
        shown = screen
    return shown


def events_of(participant: Participant) -> Iterable[InteractionEvent]:
    """Return a participant's events in the order in which the browser counted them."""
    return participant.events.order_by("stage", "sequence", "occurred_at").iterator()


def _changes(kind: str, data: dict, screen: Screen) -> dict:
    """Return what an event of this kind changes on the screen."""
    match kind:
        case "page_shown":  # a reload: what was open beside the picture tells so again
            return {field: getattr(Screen, field) for field in Screen.__dataclass_fields__} | data
        case "page_hidden" | "page_visible":
            return {"hidden": kind == "page_hidden"}
        case "run_started":
            return {"spec": data["spec"]}
        case "moment_shown":
            return data
        case "playback_started" | "playback_paused":
            return {"playing": kind == "playback_started"}
        case "epoch_stepped" | "run_reset":
            return {"playing": False}
        case "concept_opened":
            return {"concept": data["concept"]}
        case "concept_closed":
            return {"concept": ""}
        case "deeper_opened" | "deeper_closed":
            others = [each for each in screen.deeper.split() if each != data["concept"]]
            return {"deeper": " ".join([*others, data["concept"]] if kind == "deeper_opened" else others)}
        case "tutorial_step_shown":
            return {"tutorial_step": data["step"]}
        case "tutorial_closed":
            return {"tutorial_step": ""}
        case "experiment_opened":
            return {"experiment": data["experiment"], "change": data.get("change", "")}  # none in events of old
        case "experiment_changed" | "experiment_undone":
            return {"experiment": data["experiment"], "change": data["change"]}
        case "experiment_closed":
            return {"experiment": "", "change": ""}
        case "prompt_shown":
            return {"prompt": data["prompt"]}
        case "chapter_opened":
            return {"chapter": data["chapter"], "position": 0.0}
        case "scrolled":
            return {"chapter": data["chapter"], "position": data["position"]}
    return {}
