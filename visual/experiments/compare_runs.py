"""Two runs in step: what they predict at the same epoch, and how their loss went."""

from django.utils.translation import gettext_lazy as _

from visual.experiments.experiment import Experiment, Try
from visual.runspec import DEFAULT

# In what B may differ: the name of the setting, and values worth a comparison.
FIELDS = {
    "learning_rate": (_("Learning rate"), (0.0005, 0.0025, 0.01, 0.025, 0.05, 0.1, 0.5)),
    "batch_size": (_("Batch size"), (5, 10, 25, 50)),
    "noise": (_("Noise"), (0, 0.1, 0.2, 0.4)),
    "cell": (_("Cell"), ("lstm", "gru", "rnn")),
    "layers": (_("Layers"), (1, 2, 3, 4, 5)),
    "units": (_("Units"), (4, 8, 16, 32)),
    "seed": (_("Seed"), tuple(range(10))),
}

EXPERIMENT = Experiment(
    title=_("Compare two runs"),
    feature="the experiment that shows two runs in step",
    task=_("Choose in what run B differs from run A, the one on the screen. Then play: both train in step."),
    constant=_("all that is not named as different, the data set and the shown sequence."),
    texts=False,
    stage="loss dock",
    tries=(
        Try(
            _("Two learning rates"),
            DEFAULT,
            20,
            "learning_rate=0.5",
            _("A rate that is too high never settles: after 20 epochs its loss is far above that of A."),
        ),
        Try(
            _("Two seeds"),
            DEFAULT,
            20,
            "seed=3",
            _("Nothing but chance differs, and yet one loss is many times the other: one run is no proof."),
        ),
    ),
    data=lambda _language: {
        "fields": {name: {"title": str(title), "values": values} for name, (title, values) in FIELDS.items()}
    },
    strings={
        "differs_in": _("B differs in"),
        "value_of_b": _("B has"),
        "choose": _("choose …"),
        "address_name": _("or another run's address"),
        "address_go": _("Compare"),
        "other_data": _("It learns another data set: its curve cannot be laid over this one."),
        "same_run": _("It is the run on the screen: there is nothing to compare."),
        "swap": _("Swap A and B"),
        "all_else": _("The same in both: {words}."),
        "differs": _("{name}: {one} and {other}"),
        "none": _("none"),
        "value_lstm": "LSTM",
        "value_gru": "GRU",
        "value_rnn": _("plain RNN"),
        "empty": _("Choose in what B differs from A, and both runs are laid over one another here."),
        "predictions_title": _("Predictions after epoch {epoch}"),
        "prediction_of": _("Prediction of {name}"),
        "table_title": _("Values as a table"),
        "said_apart": _(
            "At epoch {epoch} the validation loss of A is {one}, of B {other}: {higher} has {times} times that "
            "of {lower}. They differ in {words}."
        ),
        "said_equal": _("At epoch {epoch} both have the validation loss {one}. They differ in {words}."),
    },
)
