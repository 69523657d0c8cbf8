"""Edit an input: how far a single value is felt, through both states, over time and layers.

The claims are measured on ten seeds by tests/visual/test_edit_input.py.
"""

from dataclasses import replace

from django.utils.translation import gettext_lazy as _

from visual.experiments.clamp_gate import RECALL
from visual.experiments.experiment import Experiment, Try
from visual.presets import MEMORY
from visual.runspec import DEFAULT

CUE = replace(MEMORY, data="cue_recall")

EXPERIMENT = Experiment(
    title=_("Edit an input"),
    feature="the experiment that changes values of the sequence and shows where that is felt",
    task=_("Drag one point of the input up or down. Where in time and in the network is the change felt?"),
    constant=_("the weights, the target, and every value of the input that you did not change."),
    texts=False,
    stage="dock",
    tries=(
        Try(
            _("Another cue"),
            CUE,
            60,
            "input=1;value=-0.4",
            _(
                "The answer follows the cue across 30 steps: in all ten networks like this one it comes within 0.1 of "
                "the new cue."
            ),
        ),
        Try(
            _("A pulse in the silence"),
            RECALL,
            30,
            "input=15;value=0.8",
            _(
                "Felt at once, and then let go: the cue stays. In all seven of ten networks that learned the task the "
                "answer moves by less than 0.05."
            ),
        ),
        Try(
            _("The first value"),
            DEFAULT,
            20,
            "input=1;value=-0.38",
            _("Lowered by 0.5, the first value matters little: 14 later values tell the network where it is."),
        ),
        Try(
            _("The last value"),
            DEFAULT,
            20,
            "input=15;value=-0.28",
            _(
                "Lowered by as much, the last value moves the predictions further: in all ten networks like this one "
                "by more than the first value did."
            ),
        ),
    ),
    strings={
        "step_name": _("Time step"),
        "value_name": _("Value read"),
        "reset_value": _("Back to {value}"),
        "pad_hint": _("Drag a blue point up or down, or choose it with ← and → and move it with ↑ and ↓."),
        "pad_label": _(
            "The input as the network now reads it, its prediction, and below how much each layer's states changed "
            "at each time step. Chosen is time step {step}, which reads {value}."
        ),
        "drag_here": _("drag a point"),
        "hidden_row": _("h, layer {layer}"),
        "cell_row": _("c, layer {layer}"),
        "heat_title": _("How much the states changed"),
        "heat_scale": _("0 to {most}: length of the difference over all units"),
        "line_unchanged": _("unchanged"),
        "line_prediction": _("prediction"),
        "line_target": _("target"),
        "table_title": _("Values as a table"),
        "now_read": _("Read now"),
        "read_before": _("Read before"),
        "said_felt": _(
            "The memory differs most at step {peak}; at step {given}, the last one read, {left} of that is left."
        ),
        "said_last": _("The memory differs most at the last step that is read: nothing comes after it to correct it."),
        "said_moved": _("Each prediction moved by {moved} on average."),
        "said_answer": _("The answer is now {after} instead of {before}."),
    },
)
