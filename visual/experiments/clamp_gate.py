"""Clamp a gate: what it is there for, seen by holding it.

The claims are about cue recall with 32 units after 30 epochs, of which seven of ten seeds have learned the task; one of
them is shown. tests/visual/test_clamp_gate.py measures all ten. With 8 units, a forget gate held at 1 does not keep the
cue: those networks keep it by turning it from unit to unit, and not by standing still.
"""

from dataclasses import replace

from django.utils.translation import gettext_lazy as _

from visual.experiments.experiment import Experiment, Try
from visual.presets import MEMORY

RECALL = replace(MEMORY, data="cue_recall", units=32, seed=8)
GRU = replace(MEMORY, data="cue_recall", cell="gru")
RNN = replace(MEMORY, data="cue_recall", cell="rnn")
EPOCH = 30
MIDDLE = "view=cell&layer=1&unit=1&step=15"


def held(part: str, steps: str, value: int) -> str:
    """Return the change that holds all units of `part` in layer 1."""
    return f"clamp={part};layer=1;steps={steps};units=all;value={value}"


EXPERIMENT = Experiment(
    title=_("Clamp a gate"),
    feature="the experiment that holds gates at a value and cuts the paths of memory",
    task=_("Lock a gate at a value of your own. What does the network lose, and what does it not miss?"),
    constant=_("the weights, the input, and every gate that is not locked; those still answer to what they read."),
    tries=(
        Try(
            _("Erase in the silence"),
            RECALL,
            EPOCH,
            held("forget_gate", "2-29", 0),
            _(
                "Nothing of the cell state survives a step, so the cue is lost. The same happens in all seven of ten "
                "such networks that learned the task."
            ),
            MIDDLE,
        ),
        Try(
            _("Keep for 11 steps"),
            RECALL,
            EPOCH,
            held("forget_gate", "10-20", 1),
            _(
                "At 1 the forget gate keeps everything, and the cue is still there: in six of the seven networks that "
                "learned the task, the answer moves by less than 0.04."
            ),
            MIDDLE,
        ),
        Try(
            _("Wipe one step"),
            RECALL,
            EPOCH,
            held("forget_gate", "15-15", 0),
            _(
                "The cell state is wiped, and still the answer stays: the hidden state carried the cue past the gap. "
                "In six of the seven networks the answer moves by less than 0.2."
            ),
            MIDDLE,
        ),
        Try(
            _("Wipe one step, cut h too"),
            RECALL,
            EPOCH,
            held("forget_gate", "15-15", 0) + "~cut=hidden_state;layer=1;steps=15-15",
            _(
                "With both paths closed for a single step, the cue is gone: in all seven networks the answer moves by "
                "more than 0.3."
            ),
            MIDDLE,
        ),
        Try(
            _("Never let the cue in"),
            RECALL,
            EPOCH,
            held("input_gate", "1-1", 0),
            _(
                "The cue was read, but never written into the cell state: in all seven networks it is lost. What is "
                "not written cannot be remembered."
            ),
            "view=cell&layer=1&unit=1&step=1",
        ),
        Try(
            _("A GRU: keep the nothing"),
            GRU,
            EPOCH,
            held("update_gate", "1-1", 1),
            _(
                "At 1 the update gate keeps the old hidden state, which is empty before the first step: "
                "the cue never gets in."
            ),
            "view=cell&layer=1&unit=1&step=1",
        ),
        Try(
            _("A plain RNN: wipe one step"),
            RNN,
            EPOCH,
            held("hidden_state", "15-15", 0),
            _(
                "A plain RNN has one path only, and a single wiped step breaks it: in nine of ten networks the answer "
                "moves by more than 0.3."
            ),
            MIDDLE,
        ),
    ),
    strings={
        "gates": _("Locks"),
        "hold_at": _("{part}: hold at {value}"),
        "value_of": _("{part}: value"),
        "cut_both": _("Also cut what arrives from the step before, by"),
        "cut_one": _("Cut what arrives from the step before, by"),
        "hidden_state_path": _("hidden state h"),
        "cell_state_path": _("cell state c"),
        "layer_name": _("Layer"),
        "unit_name": _("Units"),
        "all_units": _("all units"),
        "first_step": _("Time steps"),
        "last_step": _("to"),
        "said_answer": _("The answer is now {after} instead of {before} ({change}). Asked for was {target}."),
        "said_little_answer": _(
            "The answer is now {after} instead of {before}: hardly anything changed. Asked for was {target}."
        ),
        "said_moved": _(
            "Each prediction moved by {moved} on average. The loss went from {before} to {after} ({change})."
        ),
        "said_little_moved": _(
            "Each prediction moved by only {moved} on average. The loss went from {before} to {after} ({change})."
        ),
    },
)
