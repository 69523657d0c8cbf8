"""Nudge a weight: what the loss does, beside what its gradient foretold."""

from django.utils.translation import gettext_lazy as _

from visual.experiments.experiment import Experiment, Try
from visual.runspec import DEFAULT

EXPERIMENT = Experiment(
    title=_("Nudge a weight"),
    feature="the experiment that moves one weight and compares the loss with what its gradient foretold",
    task=_("Choose one weight and nudge it. Does the loss change as its gradient foretells?"),
    constant=_("all other weights, the input and the target."),
    tries=(
        Try(
            _("A small nudge"),
            DEFAULT,
            20,
            "nudge=head_weights;output=0;from=0;by=0.01",
            _("Close to the start the gradient is right: to within a tenth in all ten networks like this one."),
        ),
        Try(
            _("A large nudge"),
            DEFAULT,
            20,
            "nudge=head_weights;output=0;from=0;by=1",
            _(
                "The loss curves upwards: in all ten networks like this one it ends above what the gradient foretold. "
                "That is why a learning rate can be too high."
            ),
        ),
    ),
    strings={
        "layer_name": _("Layer"),
        "output_layer": _("Output layer"),
        "block": _("Block"),
        "unit_name": _("Into"),
        "source": _("From"),
        "from_unit": _("unit {unit} of the last layer"),
        "from_before": _("unit {unit}, one time step before"),
        "from_below": _("unit {unit} of layer {layer}"),
        "from_input": _("the input x"),
        "bias": _("nothing: the bias"),
        "by": _("Nudge"),
        "by_axis": _("nudge of the weight"),
        "line": _("gradient × nudge"),
        "measured": _("measured change of the loss"),
        "weight": _("Weight"),
        "foretold": _("Gradient × nudge"),
        "said_well": _(
            "The weight moved by {by}, and the loss by {measured}. Its gradient foretold {foretold}: "
            "over this nudge, the loss follows its gradient."
        ),
        "said_apart": _(
            "The weight moved by {by}, and the loss by {measured}. Its gradient foretold {foretold}: it "
            "knows the slope at the start only, and over this nudge the slope changes."
        ),
    },
)
