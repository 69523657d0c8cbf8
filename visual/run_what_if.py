"""The canonical question of a what-if: parse, print, validate, bound.

A question is the query of its address, one parameter for each intervention:

    clamp=forget_gate;layer=1;steps=3-5;units=0,2;value=0     holds a part or state; units=all for all
    cut=cell_state;layer=1;steps=3-3                          nothing arrives on this path from the step before
    transplant=state;layer=2;step=10;from=4                   receives at step 10 what would arrive at step 4
    input=4;value=-0.5                                        the network reads another value (of a text: symbol)
    nudge=recurrent_weights;layer=1;part=forget_gate;unit=3;from=5;by=0.01    moves one weight, alone
    inspect=2                                                 also answers with the inside of layer 2

Layers and time steps count from 1, units from 0. Several clamps, cuts, transplants and inputs go together, as
long as no value is given twice. `cut=state` cuts all paths. The nudged weights are input_weights,
recurrent_weights, bias (without `from`), head_weights (`output` in place of layer, part and unit) and
head_bias. One question has one spelling: `parse` reads other plain ones, `pairs` prints this one.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from visual.engine import Array
from visual.engine.network import Network
from visual.engine.training import Training
from visual.engine.what_if import Clamp, Nudge, Outcome, Transplant, nudge_weight, what_if
from visual.runspec import InvalidSpecError, printed, shown

MAX_INTERVENTIONS = 32
GATE, SQUASHED, UNBOUNDED = (Decimal(0), Decimal(1)), (Decimal(-1), Decimal(1)), (Decimal(-10), Decimal(10))
INPUT, NUDGE = (Decimal(-2), Decimal(2)), (Decimal(-1), Decimal(1))
DECIMALS = 4
NUDGED = {  # what names one weight of each kind
    "input_weights": ("layer", "part", "unit", "from"),
    "recurrent_weights": ("layer", "part", "unit", "from"),
    "bias": ("layer", "part", "unit"),
    "head_weights": ("output", "from"),
    "head_bias": ("output",),
}
KINDS = ("clamp", "cut", "transplant", "input", "nudge", "inspect")

_WHOLE = re.compile(r"[0-9]{1,4}", re.ASCII)
_STEPS = re.compile(r"([0-9]{1,4})-([0-9]{1,4})", re.ASCII)
_DECIMAL = re.compile(r"-?[0-9]{1,4}(\.[0-9]{1,20})?", re.ASCII)

Pairs = list[tuple[str, str]]
Fields = dict[str, str]


@dataclass(frozen=True)
class Question:
    """What is to be altered in the pass of one network over its shown sequence."""

    pairs: tuple[tuple[str, str], ...]  # the one spelling
    clamps: tuple[Clamp, ...]
    transplants: tuple[Transplant, ...]
    inputs: dict[int, float | str]  # by time step
    nudge: tuple[int, float] | None  # place in Network.parameters, and by how much
    inspected: int | None  # layer

    def answer(self, training: Training) -> tuple[Outcome, Nudge | None]:
        """Return what the trained network does."""
        network, sequences = training.network, training.shown_sequence()
        if self.nudge:
            nudge = nudge_weight(network, sequences, *self.nudge)
            return nudge.outcome, nudge
        return what_if(network, sequences, self.clamps, self.inputs_read(training), self.transplants), None

    def inputs_read(self, training: Training) -> Array:
        """Return the shown sequence's inputs as edited, (time_steps, 1, size)."""
        inputs = training.shown_sequence().inputs.copy()
        for step, value in self.inputs.items():
            inputs[step - 1, 0] = training.data_set.read_as(value)
        return inputs


def parse(training: Training, pairs: Pairs) -> Question:
    """Return the question that a query asks of a run; raises InvalidSpecError naming field, value and bound."""
    return _Reader(training).question(pairs)


class _Reader:
    """What may be asked of one run; its network's shape alone matters."""

    def __init__(self, training: Training) -> None:
        data_set = training.data_set
        self.network, self.cell, self.data_set = training.network, training.network.cell, data_set
        self.layers, self.units = self.network.architecture.layers, self.network.architecture.units
        self.time_steps = data_set.given + data_set.shown_predictions - 1
        self.quantities = tuple(dict.fromkeys((*self.cell.PARTS, *self.cell.STATES)))
        self.clamps: list[Clamp] = []
        self.transplants: list[Transplant] = []
        self.inputs: dict[int, float | str] = {}
        self.nudge: tuple[int, float] | None = None
        self.inspected: int | None = None
        self.given: set[tuple[object, ...]] = set()  # what some intervention has already set

    def question(self, pairs: Pairs) -> Question:
        if len(pairs) > MAX_INTERVENTIONS:
            raise InvalidSpecError(f"{len(pairs)} interventions given; at most {MAX_INTERVENTIONS} are possible")
        readers: dict[str, Callable[[str, str], tuple[tuple[object, ...], str]]] = {
            kind: getattr(self, f"_{kind}") for kind in KINDS
        }
        spelled = []
        for kind, text in pairs:
            if kind not in readers:
                raise InvalidSpecError(f"{shown(kind)} is not one of {', '.join(KINDS)}")
            order, spelling = readers[kind](kind, text)
            spelled.append(((KINDS.index(kind), *order), (kind, spelling)))
        kinds = {kind for kind, _ in pairs} - {"inspect"}
        if not kinds:
            raise InvalidSpecError(f"nothing is changed; give one of {', '.join(KINDS[:-1])}")
        if "nudge" in kinds and kinds != {"nudge"}:
            raise InvalidSpecError("nudge comes alone: its gradient is that of the unchanged network")
        return Question(
            tuple(pair for _, pair in sorted(spelled, key=lambda item: _order(item[0]))),
            tuple(self.clamps),
            tuple(self.transplants),
            self.inputs,
            self.nudge,
            self.inspected,
        )

    def _clamp(self, kind: str, text: str) -> tuple[tuple[object, ...], str]:
        quantity, fields = _fields(kind, text, ("layer", "steps", "units", "value"))
        _one_of("clamp", quantity, self.quantities)
        layer, (first, last) = self._layer(fields), self._steps(fields)
        units = None if fields["units"] == "all" else self._units(fields["units"])
        bounds = GATE if quantity.endswith("_gate") else UNBOUNDED if quantity == "cell_state" else SQUASHED
        value = _decimal("value", fields["value"], bounds)
        for step in range(first, last + 1):
            for unit in range(self.units) if units is None else units:
                self._once(f"{quantity} of unit {unit} in layer {layer}", quantity, layer, step, unit)
        self.clamps.append(Clamp(quantity, layer, first, last, value, units))
        listed = "all" if units is None else ",".join(map(str, units))
        spelling = f"{quantity};layer={layer};steps={first}-{last};units={listed};value={printed(value)}"
        return (layer, first, last, self.quantities.index(quantity), listed), spelling

    def _cut(self, kind: str, text: str) -> tuple[tuple[object, ...], str]:
        path, fields = _fields(kind, text, ("layer", "steps"))
        paths = ("hidden_state", "cell_state") if "cell_state" in self.cell.STATES else ("hidden_state",)
        _one_of("cut", path, ("state", *paths))
        layer, (first, last) = self._layer(fields), self._steps(fields)
        for name in paths if path == "state" else (path,):
            for step in range(first, last + 1):
                self._once(f"the {name} arriving in layer {layer}", f"{name}_before", layer, step)
            self.clamps.append(Clamp(f"{name}_before", layer, first, last, 0.0))
        return (layer, first, last, path), f"{path};layer={layer};steps={first}-{last}"

    def _transplant(self, kind: str, text: str) -> tuple[tuple[object, ...], str]:
        what, fields = _fields(kind, text, ("layer", "step", "from"))
        _one_of("transplant", what, ("state",))
        layer = self._layer(fields)
        step, source = (_whole(name, fields[name], 1, self.time_steps) for name in ("step", "from"))
        for path in ("hidden_state", "cell_state"):
            self._once(f"the {path} arriving in layer {layer}", f"{path}_before", layer, step)
        self.transplants.append(Transplant(layer, step, source))
        return (layer, step), f"state;layer={layer};step={step};from={source}"

    def _input(self, kind: str, text: str) -> tuple[tuple[object, ...], str]:
        step_text, fields = _fields(kind, text, ("value",))
        step, symbols = _whole("input", step_text, 1, self.data_set.given), self.data_set.symbols
        self._once("the input", "input", 0, step)
        if symbols:
            if len(fields["value"]) != 1 or fields["value"] not in symbols:
                raise InvalidSpecError(f"value is {shown(fields['value'])}; allowed are the symbols {symbols!r}")
            self.inputs[step] = fields["value"]
            return (step,), f"{step};value={fields['value']}"
        value = _decimal("value", fields["value"], INPUT)
        self.inputs[step] = value
        return (step,), f"{step};value={printed(value)}"

    def _nudge(self, kind: str, text: str) -> tuple[tuple[object, ...], str]:
        name = text.partition(";")[0]
        _one_of("nudge", name, tuple(NUDGED))
        _, fields = _fields(kind, text, (*NUDGED[name], "by"))
        if self.nudge:
            raise InvalidSpecError("nudge is given twice; one weight can be nudged at a time")
        by = _decimal("by", fields["by"], NUDGE)
        if not by:
            raise InvalidSpecError("by is 0: it would move nothing")
        # The same views of an array that counts: the entry is the place in Network.parameters.
        architecture = self.network.architecture
        places = Network(architecture, np.arange(self.network.parameters.size, dtype=float))
        where: list[int] = []
        array = getattr(places, name, None)  # head_weights or head_bias
        if "layer" in fields:
            array = getattr(places.layers[self._layer(fields) - 1], name)
            _one_of("part", fields["part"], self.cell.PARTS)
            unit = _whole("unit", fields["unit"], 0, self.units - 1)
            where.append(self.cell.PARTS.index(fields["part"]) * self.units + unit)
        else:
            where.append(_whole("output", fields["output"], 0, architecture.outputs - 1))
        if "from" in fields:
            where.append(_whole("from", fields["from"], 0, array.shape[1] - 1))  # type: ignore[union-attr]
        self.nudge = int(array[tuple(where)]), by  # type: ignore[index]
        named = (f"{field}={_plain(fields[field])}" for field in NUDGED[name])
        return (), ";".join([name, *named, f"by={printed(by)}"])

    def _inspect(self, kind: str, text: str) -> tuple[tuple[object, ...], str]:
        if self.inspected:
            raise InvalidSpecError("inspect is given twice; one layer is answered at a time")
        self.inspected = _whole("inspect", text, 1, self.layers)
        return (), str(self.inspected)

    def _layer(self, fields: Fields) -> int:
        return _whole("layer", fields["layer"], 1, self.layers)

    def _steps(self, fields: Fields) -> tuple[int, int]:
        match = _STEPS.fullmatch(fields["steps"])
        first, last = map(int, match.groups()) if match else (0, 0)
        if not 1 <= first <= last <= self.time_steps:
            raise InvalidSpecError(
                f"steps is {shown(fields['steps'])}; allowed are first-last, both from 1 to {self.time_steps}"
            )
        return first, last

    def _units(self, text: str) -> tuple[int, ...]:
        units = sorted({_whole("units", unit, 0, self.units - 1) for unit in text.split(",")[: self.units + 1]})
        if len(units) != text.count(",") + 1:
            raise InvalidSpecError(f"units is {shown(text)}; name each unit once")
        return tuple(units)

    def _once(self, name: str, *place: object) -> None:
        if place in self.given:
            raise InvalidSpecError(f"{name} is given twice at step {place[2]}")
        self.given.add(place)


def _order(order: tuple[object, ...]) -> tuple[tuple[bool, object], ...]:
    """Return a sort key for tuples that mix numbers and words: numbers come first."""
    return tuple((isinstance(part, str), part) for part in order)


def _fields(kind: str, text: str, names: tuple[str, ...]) -> tuple[str, Fields]:
    """Return the first word, and the fields after it by name; all have to be there."""
    first, *assignments = text.split(";")
    fields: Fields = {}
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        if not equals or name not in names:
            raise InvalidSpecError(
                f"{kind}: {shown(assignment)} is not one of {', '.join(f'{field}=…' for field in names)}"
            )
        if name in fields:
            raise InvalidSpecError(f"{kind}: {name} is given twice")
        fields[name] = value
    if missing := [name for name in names if name not in fields]:
        raise InvalidSpecError(f"{kind}: {missing[0]} is missing; it names {', '.join(names)}")
    return first, fields


def _one_of(name: str, text: str, allowed: tuple[str, ...]) -> None:
    if text not in allowed:
        raise InvalidSpecError(f"{name} is {shown(text)}; allowed are {', '.join(allowed)}")


def _whole(name: str, text: str, low: int, high: int) -> int:
    if not _WHOLE.fullmatch(text) or not low <= int(text) <= high:
        raise InvalidSpecError(f"{name} is {shown(text)}; allowed are whole numbers from {low} to {high}")
    return int(text)


def _decimal(name: str, text: str, bounds: tuple[Decimal, Decimal]) -> float:
    number = Decimal(text) if _DECIMAL.fullmatch(text) else None
    if number is None or not bounds[0] <= number <= bounds[1]:
        raise InvalidSpecError(f"{name} is {shown(text)}; allowed are numbers from {bounds[0]} to {bounds[1]}")
    if -int(number.normalize().as_tuple().exponent) > DECIMALS:
        raise InvalidSpecError(f"{name} is {shown(text)}; allowed are {DECIMALS} decimals")
    return float(number) + 0.0  # no negative zero


def _plain(text: str) -> str:
    return str(int(text)) if _WHOLE.fullmatch(text) else text
