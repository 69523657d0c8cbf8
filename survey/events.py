"""One dataclass per kind of interaction event: what happened, with which particulars.

The browser sends events by these names; an event of an unknown kind, or with other fields, is refused.
`docs/events.md` lists them, and a test holds that list against this page.
"""

from dataclasses import dataclass, fields
from typing import Any


class EventError(ValueError):
    """An event that does not fit its schema; the message names kind and field."""


@dataclass(frozen=True)
class PageShown:
    """The learning page was opened or reloaded."""

    path: str


@dataclass(frozen=True)
class PageHidden:
    """The page went out of sight: another tab, another window, a locked screen."""


@dataclass(frozen=True)
class PageVisible:
    """The page came back into sight."""

    hidden_ms: int


@dataclass(frozen=True)
class ChapterOpened:
    """A chapter of the text came on the screen."""

    chapter: str


@dataclass(frozen=True)
class Scrolled:
    """The reader stopped scrolling: how far down the chapter, 0 to 1, and which concept is being read."""

    chapter: str
    position: float
    concept: str


@dataclass(frozen=True)
class RunStarted:
    """A training run came on the screen, named by its run spec."""

    spec: str


@dataclass(frozen=True)
class PlaybackStarted:
    epoch: int


@dataclass(frozen=True)
class PlaybackPaused:
    epoch: int


@dataclass(frozen=True)
class EpochStepped:
    """The learner asked for exactly one more epoch."""

    epoch: int


@dataclass(frozen=True)
class RunReset:
    """The learner went back to the untrained network."""

    epoch: int


@dataclass(frozen=True)
class SettingChanged:
    """A slider or choice was changed; `epoch` is the epoch from which on it counts. Speed is in epochs per second."""

    name: str
    value: str
    epoch: int


@dataclass(frozen=True)
class EpochShown:
    """An epoch came on the screen, by playing or by travelling along the loss curve."""

    epoch: int


@dataclass(frozen=True)
class MomentShown:
    """What the interactive condition had on the screen, noted at most once a second, and when the page goes.

    `layer` and `unit` count from 1; `cell_step` is the step of the cell that is pointed out, 0 for all; `beside` the
    kind of cell that is compared in the view through time, empty where none is.
    """

    view: str
    layer: int
    unit: int
    cell_step: int
    epoch: int
    phase: str
    step: int
    beside: str


@dataclass(frozen=True)
class ViewOpened:
    """Network, cell or through-time view was opened; layer and unit count from 1, 0 where there is none."""

    view: str
    layer: int
    unit: int


@dataclass(frozen=True)
class ConceptOpened:
    """The explanation of a concept was opened beside the picture."""

    concept: str


@dataclass(frozen=True)
class ConceptClosed:
    """The explanation beside the picture was closed, or made room for something else there."""

    concept: str


@dataclass(frozen=True)
class DeeperOpened:
    """The learner opened the part of an explanation that goes deeper; all conditions log it alike."""

    concept: str


@dataclass(frozen=True)
class DeeperClosed:
    concept: str


@dataclass(frozen=True)
class ExampleShown:
    """An example of a concept came on the screen: the moment that the figure of this name in the text shows."""

    example: str
    address: str


@dataclass(frozen=True)
class PromptShown:
    """A prompt to predict came on the screen, before its truth is shown."""

    prompt: str


@dataclass(frozen=True)
class PredictionMade:
    """The learner predicted, and the truth was shown over it; all conditions log it alike.

    `answer` holds the values that were drawn, or the time steps that were marked, with a space between them. `error`
    is the mean distance to the truth, or the number of time steps wrongly marked or missed; `success` is 1 where it
    is small enough for the prompt, else 0.
    """

    prompt: str
    answer: str
    error: float
    success: int


@dataclass(frozen=True)
class PromptSkipped:
    """The learner had the truth of a prompt shown without a prediction."""

    prompt: str


@dataclass(frozen=True)
class TutorialStepShown:
    """A step of the guided tour came on the screen."""

    step: str


@dataclass(frozen=True)
class TutorialStepDone:
    """The learner did what the step of the guided tour asked for."""

    step: str


@dataclass(frozen=True)
class TutorialClosed:
    """The guided tour was closed at this step; at its last step it was finished."""

    step: str


@dataclass(frozen=True)
class ExperimentOpened:
    """An experiment came beside the picture, with all that is changed in it; empty for nothing."""

    experiment: str
    change: str


@dataclass(frozen=True)
class ExperimentChanged:
    """The learner changed something in an experiment; `change` is all that is changed now, empty for nothing."""

    experiment: str
    change: str
    epoch: int


@dataclass(frozen=True)
class ExperimentUndone:
    """The learner took a change back; `change` is what is left of it."""

    experiment: str
    change: str
    epoch: int


@dataclass(frozen=True)
class ExperimentOutcome:
    """What came of a change: the numbers on the screen, by name, as the engine gave them."""

    experiment: str
    change: str
    epoch: int
    numbers: dict[str, float]


@dataclass(frozen=True)
class ExperimentClosed:
    experiment: str


def _kind(event_class: type) -> str:
    name = event_class.__name__
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")


KINDS: dict[str, type] = {
    _kind(event_class): event_class
    for event_class in (
        PageShown,
        PageHidden,
        PageVisible,
        ChapterOpened,
        Scrolled,
        RunStarted,
        PlaybackStarted,
        PlaybackPaused,
        EpochStepped,
        RunReset,
        SettingChanged,
        EpochShown,
        MomentShown,
        ViewOpened,
        ConceptOpened,
        ConceptClosed,
        DeeperOpened,
        DeeperClosed,
        ExampleShown,
        PromptShown,
        PredictionMade,
        PromptSkipped,
        TutorialStepShown,
        TutorialStepDone,
        TutorialClosed,
        ExperimentOpened,
        ExperimentChanged,
        ExperimentUndone,
        ExperimentOutcome,
        ExperimentClosed,
    )
}
MAX_TEXT = 500  # characters of a text field: a run spec with many edits fits
MAX_NUMBERS = 20  # of an outcome


def check(kind: str, data: dict[str, Any]) -> dict[str, Any]:
    """Return `data` when it fits the schema of `kind`; raises EventError naming what does not."""
    if kind not in KINDS:
        raise EventError(f"unknown event kind {str(kind)[:40]!r}")
    expected: dict[str, Any] = {field.name: field.type for field in fields(KINDS[kind])}
    if not isinstance(data, dict) or set(data) != set(expected):
        raise EventError(f"{kind}: expected the fields {sorted(expected)}")
    for name, type_ in expected.items():
        value = data[name]
        if type_ == dict[str, float]:
            _check_numbers(f"{kind}.{name}", value)
            continue
        allowed = (int, float) if type_ is float else type_
        if not isinstance(value, allowed) or isinstance(value, bool):
            raise EventError(f"{kind}.{name}: expected {type_.__name__}, got {value!r:.60}")
        if isinstance(value, str) and len(value) > MAX_TEXT:
            raise EventError(f"{kind}.{name}: longer than {MAX_TEXT} characters")
    return data


def _check_numbers(field: str, value: Any) -> None:
    if not isinstance(value, dict) or len(value) > MAX_NUMBERS:
        raise EventError(f"{field}: expected at most {MAX_NUMBERS} numbers by name, got {value!r:.60}")
    for name, number in value.items():
        if isinstance(number, bool) or not isinstance(number, int | float) or len(name) > MAX_TEXT:
            raise EventError(f"{field}.{name:.40}: expected a number, got {number!r:.60}")
