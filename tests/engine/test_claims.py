"""What learners are told about the settings, measured on the runs that they are shown.

A text that says something else about a preset needs its own measurement here first.
"""

import pytest

from visual.engine.network import Architecture
from visual.engine.training import Recipe, Training

SILENCE = 0.5  # validation loss on the sine of a network that always says 0


def validation_losses(epochs, learning_rate=0.025, batch_size=25, noise=0.0, seed=1):
    """Return the validation loss of the default network on the sine after each of these epochs."""
    training = Training("sine", Architecture(), "rmsprop", seed)
    losses = []
    for epoch in range(max(epochs) + 1):
        if epoch > 0:
            training.train_epoch(Recipe(learning_rate, batch_size, noise))
        if epoch in epochs:
            losses.append(training.evaluate().validation_loss)
    return losses


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_default_learns_within_twenty_epochs(seed):
    untrained, early, late = validation_losses([0, 10, 20], seed=seed)
    assert untrained > 0.4
    assert early < 0.06
    assert late < 0.03


def test_a_learning_rate_too_low_has_hardly_begun_after_twenty_epochs():
    assert validation_losses([20], learning_rate=0.0005)[0] > 0.25


def test_a_learning_rate_too_high_never_settles():
    assert min(validation_losses([10, 15, 20], learning_rate=0.5)) > SILENCE / 2


def test_noise_of_four_tenths_costs_accuracy_but_the_curve_is_found():
    clean, noisy = validation_losses([20])[0], validation_losses([20], noise=0.4)[0]
    assert clean < noisy < 0.1
