"""Training, one epoch at a time: every epoch is a function of the weights before it and of its number."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from visual.engine import Array
from visual.engine.losses import LOSSES
from visual.engine.network import Architecture, Gradients, Network
from visual.engine.optimizers import OPTIMIZERS, clip_by_norm
from visual.engine.sequences import Sequences, data_set, training_sequences
from visual.engine.wavefront import Wavefront

# Processors round the last bit differently, and training amplifies such a difference a millionfold in some
# tens of epochs. So after each update every weight goes to the nearest point of a grid: two machines that
# agree to 1e-15 land on the same point, and start the next update from equal numbers.
GRID = 2.0**20  # points per unit
LARGEST = 2.0**16  # far beyond what an optimizer reaches step by step; so nothing overflows where a gradient explodes


def to_grid(parameters: Array) -> None:
    """Move every parameter to the grid, in place."""
    parameters *= GRID
    np.rint(parameters, out=parameters)
    np.clip(parameters, -LARGEST * GRID, LARGEST * GRID, out=parameters)
    parameters /= GRID


@dataclass(frozen=True)
class Recipe:
    """How an epoch is trained."""

    learning_rate: float
    batch_size: int
    noise: float


@dataclass(frozen=True)
class Evaluation:
    """What the trained network does with the validation sequences; the shown sequence is number 0."""

    validation_loss: float  # of all free-running predictions on all sequences
    prediction: Array  # (predictions, 1 or symbols), of the shown sequence
    hidden_state: Array  # (layers, time_steps, units), of the shown sequence
    gradient_norm: Array  # (layers, input_steps): length of d loss / d h_t on the shown sequence


def generator(seed: int, *purpose: int) -> np.random.Generator:
    """Return the source of chance for one purpose of a run: 0 its weights, (1, epoch) an epoch's data."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=purpose)))


class Training:
    """A network on its way: weights, the optimizer's memory, and the number of epochs behind it.

    fronts: who makes wavefronts; trainings that never run at the same time may share one, and so its buffers.
    """

    def __init__(
        self,
        data: str,
        architecture: Architecture,
        optimizer: str,
        seed: int,
        clip: float | None = None,
        fronts: Callable[..., Wavefront] | None = None,
    ) -> None:
        self.data, self.seed, self.epoch = data, seed, 0
        self.data_set = data_set(data)
        fitting = replace(architecture, inputs=self.data_set.size, outputs=self.data_set.size, head=self.data_set.head)
        self.network = Network.untrained(fitting, generator(seed, 0))
        self.clip = clip  # the longest gradient that an update follows; None: any
        self.loss = LOSSES[fitting.head]
        self.optimizer = OPTIMIZERS[optimizer](self.network.parameters.size)
        to_grid(self.network.parameters)
        self.validation = self.data_set.validation()
        self._fronts = fronts or kept_fronts()

    def checkpoint(self) -> Array:
        """Return all that the next epoch depends on: (1 + slots, parameters), a copy."""
        return np.vstack([self.network.parameters, self.optimizer.memory])

    def resume(self, epoch: int, checkpoint: Array) -> None:
        """Take up the training where `checkpoint` was written, after `epoch`."""
        self.epoch = epoch
        self.network.parameters[:] = checkpoint[0]
        self.optimizer.memory[:] = checkpoint[1:]

    def train_epoch(self, recipe: Recipe) -> float:
        """Return the mean training loss of the next epoch, after training it."""
        self.epoch += 1
        sequences = training_sequences(self.data, recipe.noise, generator(self.seed, 1, self.epoch))
        count = sequences.inputs.shape[1]
        total = 0.0
        for start in range(0, count, recipe.batch_size):
            batch = slice(start, start + recipe.batch_size)
            inputs, targets = sequences.inputs[:, batch], sequences.targets[:, batch]
            front = self._front(inputs, targets)
            loss, d_predictions = self.loss(front.forward(inputs), targets)
            gradient = front.gradient(d_predictions)
            if self.clip is not None:
                gradient = clip_by_norm(gradient, self.clip)
            self.optimizer.update(self.network.parameters, gradient, recipe.learning_rate)
            to_grid(self.network.parameters)
            total += loss * inputs.shape[1]
        return total / count

    def evaluate(self) -> Evaluation:
        """Return what the network can do now."""
        return self.evaluations([self.network.parameters])[0]

    def evaluations(self, parameters: Sequence[Array]) -> list[Evaluation]:
        """Return what the network can do with each of these parameters, all of them side by side."""
        networks = [Network(self.network.architecture, each) for each in parameters]
        inputs, targets = self.validation.inputs, self.validation.targets
        front = self._front(inputs, targets, networks)
        spoken = _each(front.forward(_beside(inputs, networks)), networks)
        norms = self._shown_gradient_norms(networks)
        return [
            Evaluation(
                validation_loss=self.loss(predictions, targets)[0],
                prediction=predictions[:, 0].copy(),
                hidden_state=front.hidden_states(column=number * inputs.shape[1]),
                gradient_norm=norms[:, :, number],
            )
            for number, predictions in enumerate(spoken)
        ]

    def _shown_gradient_norms(self, networks: list[Network]) -> Array:
        """Return the length of d loss / d h_t at each time step that reads the shown sequence.

        (layers, input_steps, networks): over all units and all paths from h_t to the loss that training uses.
        """
        inputs, targets = self._shown_training()
        front = self._front(inputs, targets, networks)
        spoken = _each(front.forward(_beside(inputs, networks)), networks)
        d_predictions = np.concatenate([self.loss(predictions, targets)[1] for predictions in spoken], axis=1)
        read = front.gradient_of_hidden_states(d_predictions)[:, : self.data_set.given]
        norms: Array = np.sqrt((read**2).sum(axis=-1))
        return norms

    def shown_gradients(self) -> Gradients:
        """Return where the error of the shown sequence flows, with the loss that training uses."""
        inputs, targets = self._shown_training()
        front = self._front(inputs, targets)
        _, d_predictions = self.loss(front.forward(inputs), targets)
        return front.backward_through_time(d_predictions)

    def _shown_training(self) -> tuple[Array, Array]:
        """Return inputs and targets of the shown sequence as training takes them."""
        inputs = self.validation.inputs[:, :1]
        targets = self.validation.targets[: self.data_set.trained_predictions, :1]
        if self.data_set.symbols:  # in training each symbol is read after it was predicted
            inputs = np.concatenate([inputs, targets[:-1]])
        return inputs, targets

    def shown_sequence(self) -> Sequences:
        """Return the shown sequence alone, a batch of one, with all the predictions that are shown."""
        return Sequences(self.validation.inputs[:, :1], self.validation.targets[:, :1])

    def _front(self, inputs: Array, targets: Array, networks: Sequence[Network] = ()) -> Wavefront:
        """Return a wavefront with the current weights, or those of `networks` side by side."""
        networks = networks or [self.network]
        given, (length, batch, _) = self.data_set.given, inputs.shape
        architecture = self.network.architecture
        front = self._fronts(architecture, batch, given, len(targets), length > given, len(networks))
        front.load(*networks)
        return front


def kept_fronts() -> Callable[..., Wavefront]:
    """Return a maker of wavefronts that keeps the last few: their buffers are allocated once per shape."""
    return lru_cache(maxsize=8)(Wavefront)


def _beside(inputs: Array, networks: list[Network]) -> Array:
    """Return the same sequences for each network: (time_steps, networks * batch, inputs)."""
    return np.tile(inputs, (1, len(networks), 1))


def _each(predictions: Array, networks: list[Network]) -> list[Array]:
    """Return each network's predictions (predictions, batch, outputs), views."""
    return np.split(predictions, len(networks), axis=1)
