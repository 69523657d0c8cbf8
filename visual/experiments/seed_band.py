"""One setting over ten seeds, as a band."""

from django.utils.translation import gettext_lazy as _

from visual.experiments.experiment import Experiment

EXPERIMENT = Experiment(
    title=_("Ten seeds as a band"),
    feature="the experiment that trains one setting with ten seeds",
    task=_("Train the same setting with ten seeds. How much of what you saw was luck?"),
    constant=_("everything but the seed, which decides the first weights and the training sequences."),
    stage="dock",
    strings={
        "epochs_name": _("Epochs"),
        "start": _("Train the ten runs"),
        "progress": _("{done} of {all} runs are trained"),
        "empty": _("One run is one throw of the dice. Train the ten runs to see how far ten throws lie apart."),
        "computing_seeds": _("The ten runs are being trained."),
        "median": _("median"),
        "low": _("10 % lie below"),
        "high": _("90 % lie below"),
        "own": _("seed {seed}, on the screen"),
        "seed": _("Seed {seed}"),
        "title": _("Validation loss over {epochs} epochs, each line one seed (log scale)"),
        "table_title": _("Values as a table"),
        "said_spread": _(
            "After {epochs} epochs the median validation loss of the ten seeds is {median}; eight of ten lie between "
            "{low} and {high}."
        ),
        "said_own": _("Seed {seed}, on the screen, has {loss}: lower than {lower} of the {others} others."),
    },
)
