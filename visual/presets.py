"""Runs with a name, and what is taught with each: an address, an epoch to look at, and a claim.

A claim says what ten seeds (0 to 9) did, not what theory would like: tests/visual/test_presets.py measures every
one of them, and the wording follows the measurement. On the sine a network that always says 0 has the
validation loss 0.50; on cue recall 0.24; on the latch 0.64.
"""

from dataclasses import dataclass, replace

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from visual.runspec import DEFAULT, RunSpec


@dataclass(frozen=True)
class Preset:
    """One run at one epoch, and what is said about it."""

    run: RunSpec
    epoch: int
    claim: str | Promise


MEMORY = replace(DEFAULT, layers=1, units=8)

PRESETS: dict[str, Preset] = {
    "learning_rate_low": Preset(
        replace(DEFAULT, learning_rate=0.0001),
        20,
        _("After 20 epochs it has hardly begun: the prediction is still a flat or shrunken curve."),
    ),
    "learning_rate_good": Preset(DEFAULT, 20, _("After 20 epochs the prediction follows the curve closely.")),
    "learning_rate_high": Preset(
        replace(DEFAULT, learning_rate=0.5),
        20,
        _("It never settles: after 20 epochs the prediction is worse than always saying 0."),
    ),
    "batch_small": Preset(
        replace(DEFAULT, batch_size=5),
        5,
        _(
            "Per epoch it learns soonest, with 20 updates in each instead of 4 or 2. But such an epoch takes more "
            "than twice as long, and after 20 epochs the medium batch is closer to the curve."
        ),
    ),
    "batch_medium": Preset(
        DEFAULT,
        12,
        _("In the time that the small batch needs for 5 epochs it trains about 12, and gets at least as far."),
    ),
    "batch_large": Preset(
        replace(DEFAULT, batch_size=50),
        5,
        _("With 2 updates per epoch it learns later: after 5 epochs it is behind; after 20 it has caught up."),
    ),
    "noise_none": Preset(DEFAULT, 20, _("Without noise the prediction comes closest to the curve.")),
    "noise_some": Preset(
        replace(DEFAULT, noise=0.1),
        20,
        _("Some noise in what it reads hardly matters: the curve is learned nearly as well."),
    ),
    "noise_much": Preset(
        replace(DEFAULT, noise=0.4),
        20,
        _("Much noise costs accuracy: the error is a few times as large. Still the curve is found."),
    ),
    "memory_cue_lstm": Preset(
        replace(MEMORY, data="cue_recall"),
        30,
        _("The LSTM carries a value over 30 steps: after 30 epochs it says nearly the value that it read first."),
    ),
    "memory_cue_rnn": Preset(
        replace(MEMORY, data="cue_recall", cell="rnn"),
        30,
        _("Here the plain RNN remembers too: its recurrent weights start as rotations, which lose nothing."),
    ),
    "memory_latch_lstm": Preset(
        replace(MEMORY, data="latch"), 40, _("The LSTM has learned which way the last pulse went.")
    ),
    "memory_latch_gru": Preset(
        replace(MEMORY, data="latch", cell="gru"), 40, _("The GRU has learned which way the last pulse went.")
    ),
    "memory_latch_rnn": Preset(
        replace(MEMORY, data="latch", cell="rnn"), 40, _("The plain RNN has learned which way the last pulse went.")
    ),
}
