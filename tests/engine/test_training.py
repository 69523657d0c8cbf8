"""Training is a pure function of the recipe and the epoch's number."""

import numpy as np
import pytest

from visual.engine.cells import CELLS
from visual.engine.losses import cross_entropy
from visual.engine.network import FORGET_BIAS, Architecture, Network
from visual.engine.optimizers import OPTIMIZERS, SGD, Adam, RMSprop, clip_by_norm
from visual.engine.sequences import (
    CURVES,
    DATA,
    INPUT_STEPS,
    PREDICTION_STEPS,
    SHOWN_START,
    STEP_SIZE,
    VALIDATION_SEQUENCES,
    excerpts,
    training_sequences,
)
from visual.engine.training import GRID, LARGEST, Recipe, Training, generator

SMALL = Architecture(layers=2, units=4)
RECIPE = Recipe(learning_rate=0.01, batch_size=25, noise=0.1)


def test_the_default_network_has_5393_parameters():
    assert Network(Architecture()).parameters.size == 5393


def test_only_forget_gates_start_with_a_bias():
    network = Network.untrained(SMALL, generator(0, 0))
    for weights in network.layers:
        biases = dict(zip(network.cell.PARTS, np.split(weights.bias, 4), strict=True))
        assert (biases.pop("forget_gate") == FORGET_BIAS).all()
        assert not np.any(list(biases.values()))


def test_recurrent_weights_start_as_rotations():
    network = Network.untrained(SMALL, generator(3, 0))
    for weights in network.layers:
        for rotation in np.split(weights.recurrent_weights, 4):
            np.testing.assert_allclose(rotation @ rotation.T, np.eye(4), atol=1e-12)


def test_same_seed_same_numbers():
    first, second = (Training("sine", SMALL, "rmsprop", seed=5) for _ in range(2))
    assert [first.train_epoch(RECIPE) for _ in range(3)] == [second.train_epoch(RECIPE) for _ in range(3)]
    assert (first.network.parameters == second.network.parameters).all()


def test_another_seed_other_numbers():
    first, second = (Training("sine", SMALL, "rmsprop", seed=seed) for seed in (5, 6))
    assert first.train_epoch(RECIPE) != second.train_epoch(RECIPE)


def test_resuming_from_a_checkpoint_changes_nothing():
    through = Training("square", SMALL, "rmsprop", seed=5)
    for _ in range(3):
        through.train_epoch(RECIPE)
    checkpoint = through.checkpoint()
    resumed = Training("square", SMALL, "rmsprop", seed=5)
    resumed.resume(3, checkpoint)
    assert [through.train_epoch(RECIPE) for _ in range(3)] == [resumed.train_epoch(RECIPE) for _ in range(3)]
    assert (through.checkpoint() == resumed.checkpoint()).all()
    assert (checkpoint != resumed.checkpoint()).any()  # a checkpoint is a copy


def test_looking_changes_nothing():
    looked, trained = (Training("sine", SMALL, "rmsprop", seed=5) for _ in range(2))
    looked.evaluate()
    assert looked.train_epoch(RECIPE) == trained.train_epoch(RECIPE)


def test_runs_that_differ_in_noise_read_the_same_windows():
    clean, noisy, noisier = (training_sequences("sine", noise, generator(1, 1, 4)) for noise in (0.0, 0.2, 0.4))
    np.testing.assert_allclose(noisier.inputs - clean.inputs, 2.0 * (noisy.inputs - clean.inputs), atol=1e-12)
    assert np.std(noisy.inputs - clean.inputs) == pytest.approx(0.2, rel=0.1)
    assert (noisy.targets == clean.targets).all()


@pytest.mark.parametrize("data", CURVES)
def test_curves_repeat_and_stay_in_the_reach_of_tanh(data):
    x = np.linspace(0.013, 20.0, 1000)
    curve = CURVES[data]
    np.testing.assert_allclose(curve.value(x), curve.value(x + curve.period), atol=1e-9)
    assert np.abs(curve.value(x)).max() < 1.03


@pytest.mark.parametrize("data", CURVES)
def test_targets_continue_the_inputs(data):
    sequences = DATA[data].validation()
    assert sequences.inputs.shape == (15, VALIDATION_SEQUENCES, 1)
    assert sequences.targets.shape == (32, VALIDATION_SEQUENCES, 1)


@pytest.mark.parametrize("data", CURVES)
def test_no_validation_value_falls_onto_a_jump(data):
    """There rounding would decide whether a value is high or low."""
    curve = CURVES[data]
    starts = SHOWN_START + curve.period * np.arange(VALIDATION_SEQUENCES) / VALIDATION_SEQUENCES
    x = starts + STEP_SIZE * np.arange(INPUT_STEPS + PREDICTION_STEPS)[:, None]
    np.testing.assert_allclose(curve.value(x - 1e-9), curve.value(x + 1e-9), atol=1e-7)


def test_rmsprop_moves_by_the_learning_rate_however_steep_the_slope():
    parameters, optimizer = np.zeros(2), RMSprop(2)
    for _ in range(60):
        optimizer.update(parameters, np.array([1e-3, -50.0]), 0.01)
    before = parameters.copy()
    optimizer.update(parameters, np.array([1e-3, -50.0]), 0.01)
    np.testing.assert_allclose(parameters - before, [-0.01, 0.01], rtol=0.01)


def test_adam_starts_with_a_step_of_the_learning_rate():
    parameters, optimizer = np.zeros(2), Adam(2)
    optimizer.update(parameters, np.array([1e-3, -50.0]), 0.01)
    np.testing.assert_allclose(parameters, [-0.01, 0.01], rtol=1e-4)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_clipped_run_follows_no_longer_gradient(optimizer):
    trained = {}
    for clip in (None, 1e9, 0.1):
        training = Training("sine", SMALL, optimizer, seed=5, clip=clip)
        training.train_epoch(RECIPE)
        trained[clip] = training.network.parameters
    np.testing.assert_array_equal(trained[None], trained[1e9])
    assert np.abs(trained[None] - trained[0.1]).max() > 1e-6


def test_an_exploding_gradient_leaves_finite_weights():
    training = Training("sine", Architecture("rnn", layers=5, units=4), "sgd", seed=5)
    training.network.parameters *= 1e3
    for _ in range(20):
        training.train_epoch(Recipe(1.0, 5, 0.4))
    assert np.abs(training.network.parameters).max() <= LARGEST
    assert np.isfinite(training.evaluate().validation_loss)


def test_sgd_follows_the_slope():
    parameters, optimizer = np.zeros(2), SGD(2)
    optimizer.update(parameters, np.array([0.3, -0.4]), 0.1)
    np.testing.assert_allclose(parameters, [-0.03, 0.04])


def test_clipping_keeps_the_direction():
    np.testing.assert_allclose(clip_by_norm(np.array([3.0, -4.0]), 1.0), [0.6, -0.8])
    np.testing.assert_allclose(clip_by_norm(np.array([0.3, -0.4]), 1.0), [0.3, -0.4])


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("cell", CELLS)
def test_every_cell_learns_with_every_optimizer_and_resumes(cell, optimizer):
    recipe = Recipe(learning_rate=0.3 if optimizer == "sgd" else 0.01, batch_size=25, noise=0.0)
    training = Training("sine", Architecture(cell, layers=1, units=8), optimizer, seed=2, clip=1.0)
    losses = [training.train_epoch(recipe) for _ in range(8)]
    assert losses[-1] < 0.7 * losses[0]
    resumed = Training("sine", Architecture(cell, layers=1, units=8), optimizer, seed=2, clip=1.0)
    resumed.resume(8, training.checkpoint())
    assert resumed.train_epoch(recipe) == training.train_epoch(recipe)


def test_weights_lie_on_the_grid():
    training = Training("sine", SMALL, "rmsprop", seed=5)
    for _ in range(2):
        assert (training.network.parameters * GRID == np.rint(training.network.parameters * GRID)).all()
        training.train_epoch(RECIPE)


def test_the_last_bit_of_a_processor_changes_nothing():
    """Two machines that differ by rounding train the same network: without the grid they would part."""
    here, there = (Training("square", SMALL, "rmsprop", seed=5) for _ in range(2))
    rng, update = np.random.default_rng(0), there.optimizer.update

    def rounding_otherwise(parameters, gradient, learning_rate):
        update(parameters, gradient * (1.0 + 4e-16 * rng.standard_normal(gradient.shape)), learning_rate)

    there.optimizer.update = rounding_otherwise
    for _ in range(30):
        here.train_epoch(RECIPE)
        there.train_epoch(RECIPE)
    np.testing.assert_array_equal(here.network.parameters, there.network.parameters)
    np.testing.assert_allclose(here.evaluate().prediction, there.evaluate().prediction, atol=1e-12)


def test_the_cue_is_the_first_value_and_the_answer():
    sequences = training_sequences("cue_recall", 0.0, generator(1, 1, 1))
    np.testing.assert_array_equal(sequences.inputs[0], sequences.targets[0])
    assert not sequences.inputs[1:].any()


def test_the_latch_answers_with_the_last_pulse():
    for sequences in (training_sequences("latch", 0.0, generator(1, 1, 1)), DATA["latch"].validation()):
        for values, answer in zip(sequences.inputs[:, :, 0].T, sequences.targets[0, :, 0], strict=True):
            assert values[np.flatnonzero(values)[-1]] == answer


@pytest.mark.parametrize("data", DATA)
def test_every_data_set_trains_and_is_evaluated_in_its_own_shape(data):
    training = Training(data, SMALL, "rmsprop", seed=1)
    data_set, evaluation = DATA[data], training.evaluate()
    assert evaluation.prediction.shape == (data_set.shown_predictions, data_set.size)
    assert evaluation.hidden_state.shape == (2, data_set.given + data_set.shown_predictions - 1, 4)
    assert evaluation.gradient_norm.shape == (2, data_set.given)
    assert 0.0 < training.train_epoch(RECIPE) < 4.0


def test_a_text_is_learned_symbol_by_symbol():
    training = Training("text_count", Architecture(layers=1, units=24), "rmsprop", seed=1)
    for _ in range(40):
        training.train_epoch(Recipe(0.025, 25, 0.0))
    right = training.evaluate().prediction.argmax(axis=1) == training.validation.targets[:, 0].argmax(axis=1)
    assert right.all()


def test_training_on_a_text_reads_on_while_it_predicts():
    sequences = training_sequences("text_gates", 0.0, generator(1, 1, 1))
    np.testing.assert_array_equal(sequences.inputs[20:], sequences.targets[:-1])
    assert DATA["text_gates"].validation().inputs.shape[0] == 20


def test_the_shown_gradient_of_a_text_is_that_of_training():
    """As if the shown place of the text were the only sequence of a batch."""
    training = Training("text_count", SMALL, "rmsprop", seed=1)
    data_set, network = training.data_set, training.network
    sequences = excerpts("one, one two, one two three, one two three four. ", data_set.symbols, np.array([0]), True)
    trace, predictions = network.free_run(sequences.inputs, 5, forced=4)
    _, d_predictions = cross_entropy(predictions, sequences.targets)
    gradients = network.backward_through_time(trace, predictions, d_predictions)
    np.testing.assert_allclose(training.shown_gradients().parameters, gradients.parameters, atol=1e-13)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("cell", CELLS)
def test_the_wildest_settings_leave_every_number_finite(cell, optimizer):
    """Highest learning rate, most noise, smallest batches: bad predictions, but numbers, and no warning."""
    training = Training("sine", Architecture(cell, layers=5, units=4), optimizer, seed=3)
    for _ in range(4):
        assert np.isfinite(training.train_epoch(Recipe(learning_rate=1.0, batch_size=5, noise=0.4)))
    evaluation = training.evaluate()
    assert np.isfinite(evaluation.prediction).all()
    assert np.isfinite(evaluation.gradient_norm).all()
    assert np.isfinite(evaluation.validation_loss)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("data", ["sine", "latch", "text_count"])
def test_networks_side_by_side_are_evaluated_as_each_alone(data, cell):
    training = Training(data, Architecture(cell, layers=2, units=5), "rmsprop", seed=1)
    weights, alone = [], []
    for _ in range(4):
        training.train_epoch(RECIPE)
        weights.append(training.network.parameters.copy())
        alone.append(training.evaluate())
    for together, one in zip(training.evaluations(weights), alone, strict=True):
        for name in ("validation_loss", "prediction", "hidden_state", "gradient_norm"):
            np.testing.assert_allclose(getattr(together, name), getattr(one, name), rtol=1e-10, atol=1e-13)
    assert alone[0].validation_loss != alone[3].validation_loss
