"""Training, one epoch at a time: every epoch is a function of the weights before it and of its number."""

from dataclasses import dataclass, replace

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
    """A network on its way: weights, the optimizer's memory, and the number of epochs behind it."""

    def __init__(
        self, data: str, architecture: Architecture, optimizer: str, seed: int, clip: float | None = None
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
        self._buffers: dict[tuple[int, int, int], Wavefront] = {}

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
        front = self._front(self.validation.inputs, self.validation.targets)
        predictions = front.forward(self.validation.inputs)
        return Evaluation(
            validation_loss=self.loss(predictions, self.validation.targets)[0],
            prediction=predictions[:, 0].copy(),
            hidden_state=front.hidden_states(row=0),
            gradient_norm=self.shown_gradient_norm(),
        )

    def shown_gradient_norm(self) -> Array:
        """Return the length of d loss / d h_t at each time step that reads the shown sequence.

        (layers, input_steps): over all units and all paths from h_t to the loss that training uses.
        """
        gradients = self.shown_gradients()
        read = gradients.hidden_state[:, : self.data_set.given, 0]  # (layers, input_steps, units)
        norm: Array = np.sqrt((read**2).sum(axis=-1))
        return norm

    def shown_gradients(self) -> Gradients:
        """Return where the error of the shown sequence flows, with the loss that training uses."""
        inputs = self.validation.inputs[:, :1]
        targets = self.validation.targets[: self.data_set.trained_predictions, :1]
        if self.data_set.symbols:  # in training each symbol is read after it was predicted
            inputs = np.concatenate([inputs, targets[:-1]])
        front = self._front(inputs, targets)
        _, d_predictions = self.loss(front.forward(inputs), targets)
        return front.backward_through_time(d_predictions)

    def shown_sequence(self) -> Sequences:
        """Return the shown sequence alone, a batch of one, with all the predictions that are shown."""
        return Sequences(self.validation.inputs[:, :1], self.validation.targets[:, :1])

    def _front(self, inputs: Array, targets: Array) -> Wavefront:
        """Return a wavefront with the current weights; its buffers are allocated once per shape."""
        shape = (inputs.shape[0], inputs.shape[1], len(targets))
        if shape not in self._buffers:
            given = self.data_set.given
            self._buffers[shape] = Wavefront(
                self.network.architecture, inputs.shape[1], given, len(targets), forced=len(inputs) > given
            )
        self._buffers[shape].load(self.network)
        return self._buffers[shape]
