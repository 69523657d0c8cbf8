"""The canonical address of a training run: parse, print, validate, bound.

A run is a pure function of this text, for example

    data=sine;cell=lstm;layers=3;units=16;optimizer=rmsprop;learning_rate=0.025;batch_size=25;noise=0;seed=1@12,noise=0.2

Every field in this order, then the edits made on the way in ascending epochs ("@12": epoch 13 is the first
that trains with it). One run has one spelling; `parse` reads other plain ones too, `str` prints this one.

Two things more can be said. `clip=1` after the optimizer shortens every longer gradient to this length; without
it none is. `data=text:ab%20ba` trains on a text of one's own, percent-encoded; see `typed_text`.
"""

import re
import unicodedata
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from itertools import pairwise
from urllib.parse import quote, unquote

from visual.engine.network import CELLS
from visual.engine.optimizers import OPTIMIZERS
from visual.engine.sequences import CURVES, TYPED
from visual.engine.sequences import DATA as DATA_SETS

LAST_EPOCH = 300
MAX_EDITS = 40  # keeps every address short enough for proxies and browsers
EDITABLE = ("learning_rate", "batch_size", "noise")
CHOICES = {"data": tuple(CURVES), "cell": tuple(CELLS), "optimizer": tuple(OPTIMIZERS)}
DATA = tuple(DATA_SETS)  # all that a run can be about; CHOICES has the curves, which every page can draw
WHOLE = {"layers": (1, 5), "units": (4, 32), "batch_size": (5, 50), "seed": (0, 99)}
LEARNING_RATE = (Decimal("0.0001"), Decimal("1"))
LEARNING_RATE_DIGITS = 3  # significant
NOISE = (Decimal("0"), Decimal("0.4"))
CLIP = (Decimal("0.1"), Decimal("10"))
DECIMALS = 2  # of noise and clip
TYPED_SYMBOLS = "abcdefghijklmnopqrstuvwxyzäöüß0123456789 .,:!?'-"  # none that means something in an address
TYPED_LENGTH = (2, 60)  # symbols
TYPED_VARIETY = (2, 24)  # different ones: each is an input and an output of the network
UNESCAPED = "!'"  # besides letters, digits and .-: what encodeURIComponent leaves

_WHOLE = re.compile(r"[0-9]{1,9}", re.ASCII)
_DECIMAL = re.compile(r"[0-9]{1,9}(\.[0-9]{1,20})?", re.ASCII)


class InvalidSpecError(ValueError):
    """Says which field has which value, and what is allowed."""


@dataclass(frozen=True)
class Edit:
    """A change made after `epoch` was trained; None leaves a setting as it is."""

    epoch: int
    learning_rate: float | None = None
    batch_size: int | None = None
    noise: float | None = None

    def __str__(self) -> str:
        """Return the edit's one spelling, such as @12,learning_rate=0.1."""
        values = [f"{name}={printed(getattr(self, name))}" for name in EDITABLE if getattr(self, name) is not None]
        return ",".join([f"@{self.epoch}", *values])


@dataclass(frozen=True)
class RunSpec:
    """Everything that a run depends on; equal specs are equal runs."""

    data: str = "sine"
    cell: str = "lstm"
    layers: int = 3
    units: int = 16
    optimizer: str = "rmsprop"
    clip: float | None = None
    learning_rate: float = 0.025
    batch_size: int = 25
    noise: float = 0.0
    seed: int = 1
    edits: tuple[Edit, ...] = ()

    def __str__(self) -> str:
        """Return the run's one spelling."""
        values = {name: getattr(self, name) for name in FIELDS}
        if self.data.startswith(TYPED):
            values["data"] = TYPED + quote(self.data.removeprefix(TYPED), safe=UNESCAPED)
        base = ";".join(f"{name}={printed(value)}" for name, value in values.items() if value is not None)
        return base + "".join(map(str, self.edits))

    def settings_for(self, epoch: int) -> "RunSpec":
        """Return the spec, without edits, whose learning rate, batch size and noise train `epoch`."""
        return _apply(replace(self, edits=()), [edit for edit in self.edits if edit.epoch < epoch])

    def until(self, epoch: int) -> "RunSpec":
        """Return the part of the spec on which the run up to `epoch` depends: no edit reaches back."""
        return replace(self, edits=tuple(edit for edit in self.edits if edit.epoch < epoch))


FIELDS = tuple(field.name for field in fields(RunSpec) if field.name != "edits")
OPTIONAL = ("clip",)
DEFAULT = RunSpec()


def parse(text: str) -> RunSpec:
    """Return the run that an address names; raises InvalidSpecError naming field, value and bound.

    Understands any order of fields and edits and any plain spelling of a number. An edit that changes
    nothing is dropped, one at epoch 0 becomes the run's start: str() of the result is canonical.
    """
    base_text, *edit_texts = text.split("@")
    values = _assignments(base_text, ";", FIELDS)
    needed = [name for name in FIELDS if name not in OPTIONAL]
    if missing := [name for name in needed if name not in values]:
        raise InvalidSpecError(f"{missing[0]} is missing; a run names {', '.join(needed)}")
    spec = RunSpec(**values)  # type: ignore[arg-type]  # each value was read by its own field's reader
    if len(edit_texts) > MAX_EDITS:
        raise InvalidSpecError(f"edits: {len(edit_texts)} given; at most {MAX_EDITS} are possible")
    edits = sorted((_edit(edit_text) for edit_text in edit_texts), key=lambda edit: edit.epoch)
    for edit, later in pairwise(edits):
        if edit.epoch == later.epoch:
            raise InvalidSpecError(f"edits: two at epoch {edit.epoch}; put both changes into one")
    if edits and edits[0].epoch == 0:
        spec = _apply(spec, edits[:1])
        del edits[0]
    return replace(spec, edits=_effective(spec, edits))


def _effective(spec: RunSpec, edits: list[Edit]) -> tuple[Edit, ...]:
    """Return the edits without what changes nothing."""
    kept, current = [], spec
    for edit in edits:
        changes = {
            name: getattr(edit, name) for name in EDITABLE if getattr(edit, name) not in (None, getattr(current, name))
        }
        if changes:
            kept.append(Edit(edit.epoch, **changes))
            current = replace(current, **changes)
    return tuple(kept)


def _apply(spec: RunSpec, edits: list[Edit]) -> RunSpec:
    for edit in edits:
        spec = replace(spec, **{name: getattr(edit, name) for name in EDITABLE if getattr(edit, name) is not None})
    return spec


def _edit(text: str) -> Edit:
    epoch_text, comma, rest = text.partition(",")
    if not _WHOLE.fullmatch(epoch_text) or int(epoch_text) >= LAST_EPOCH:
        raise InvalidSpecError(
            f"edit: epoch is {shown(epoch_text)}; allowed are whole numbers from 0 to {LAST_EPOCH - 1}"
        )
    if not comma:
        raise InvalidSpecError(f"edit at epoch {int(epoch_text)}: changes nothing; it can change {', '.join(EDITABLE)}")
    return Edit(int(epoch_text), **_assignments(rest, ",", EDITABLE))  # type: ignore[arg-type]


def _assignments(text: str, separator: str, allowed: tuple[str, ...]) -> dict[str, str | int | float]:
    values: dict[str, str | int | float] = {}
    for assignment in text.split(separator):
        name, equals, value = assignment.partition("=")
        if not equals or name not in allowed:
            raise InvalidSpecError(f"{shown(assignment)} is not one of {', '.join(f'{field}=…' for field in allowed)}")
        if name in values:
            raise InvalidSpecError(f"{name} is given twice")
        values[name] = _read(name, value)
    return values


def _read(name: str, text: str) -> str | int | float:
    """Return the value of one field, checked against its bound."""
    if name == "data" and text.startswith(TYPED):
        return TYPED + typed_text(unquote(text.removeprefix(TYPED)))
    if name in CHOICES:
        allowed = DATA if name == "data" else CHOICES[name]
        if text not in allowed:
            own = f" and {TYPED}…" if name == "data" else ""
            raise InvalidSpecError(f"{name} is {shown(text)}; allowed are {', '.join(allowed)}{own}")
        return text
    if name in WHOLE:
        low, high = WHOLE[name]
        if not _WHOLE.fullmatch(text) or not low <= int(text) <= high:
            raise InvalidSpecError(f"{name} is {shown(text)}; allowed are whole numbers from {low} to {high}")
        return int(text)
    least, most = {"learning_rate": LEARNING_RATE, "noise": NOISE, "clip": CLIP}[name]
    number = Decimal(text) if _DECIMAL.fullmatch(text) else None
    if number is None or not least <= number <= most:
        raise InvalidSpecError(f"{name} is {shown(text)}; allowed are numbers from {least} to {most}")
    digits = number.normalize().as_tuple()
    if name == "learning_rate" and len(digits.digits) > LEARNING_RATE_DIGITS:
        raise InvalidSpecError(f"{name} is {shown(text)}; allowed are {LEARNING_RATE_DIGITS} significant digits")
    if name != "learning_rate" and -int(digits.exponent) > DECIMALS:
        raise InvalidSpecError(f"{name} is {shown(text)}; allowed are {DECIMALS} decimals")
    return float(number)


def typed_text(text: str) -> str:
    """Return a text of one's own as it is trained on, in small letters; raises InvalidSpecError.

    Capitals are other spellings of small letters: a network of this size has enough to do with those. The page
    does the same (runspec.js); tests hold both to one table.
    """
    text = unicodedata.normalize("NFC", text).lower()
    if foreign := [symbol for symbol in text if symbol not in TYPED_SYMBOLS]:
        raise InvalidSpecError(f"the text has {shown(foreign[0])}; allowed are {TYPED_SYMBOLS!r}")
    if not TYPED_LENGTH[0] <= len(text) <= TYPED_LENGTH[1]:
        raise InvalidSpecError(f"the text has {len(text)} symbols; allowed are {TYPED_LENGTH[0]} to {TYPED_LENGTH[1]}")
    if not TYPED_VARIETY[0] <= len(set(text)) <= TYPED_VARIETY[1]:
        low, high = TYPED_VARIETY
        raise InvalidSpecError(f"the text has {len(set(text))} different symbols; allowed are {low} to {high}")
    return text


def printed(value: str | int | float) -> str:
    """Return the shortest plain decimal (0.025, 0, 1), or the word itself."""
    if isinstance(value, float):
        return format(Decimal(repr(value)).normalize(), "f")
    return str(value)


def shown(text: str) -> str:
    """Return what was sent, shortened: it goes into an error message."""
    return repr(text if len(text) <= 40 else text[:40] + "…")
