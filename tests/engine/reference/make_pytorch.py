"""Writes pytorch.json, the values of a trusted implementation that the engine is tested against.

Needs PyTorch (made with 2.13.0), which the project itself doesn't: run it in an environment of its own,
`python tests/engine/reference/make_pytorch.py`. The order of all weights is that of Network.parameters.
"""

import itertools
import json
from pathlib import Path

import torch

UNITS, LAYERS, GIVEN, PREDICTIONS, BATCH, UPDATES = 3, 2, 5, 3, 2, 10
SYMBOLS = 4  # of the text
LEARNING_RATE = 0.02
CLIP = 0.05  # shorter than these gradients
OURS = {"lstm": (3, 0, 1, 2), "gru": (0, 1, 2), "rnn": (0,)}  # our part number n is PyTorch's OURS[cell][n]
KINDS = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "rnn": torch.nn.RNN}


def optimizers(parameters):
    """Return PyTorch's optimizers by our names, with our constants."""
    return {
        # PyTorch adds up its velocity, the engine averages it: the same with a tenth of the learning rate.
        "rmsprop": lambda: torch.optim.RMSprop(parameters, lr=LEARNING_RATE * 0.1, alpha=0.9, eps=1e-7, momentum=0.9),
        "adam": lambda: torch.optim.Adam(parameters, lr=LEARNING_RATE),
        "sgd": lambda: torch.optim.SGD(parameters, lr=LEARNING_RATE),
    }


class Reference(torch.nn.Module):
    """The stack and its head; on curves it predicts freely, of a text it reads each symbol after predicting it."""

    def __init__(self, cell, task):
        super().__init__()
        self.cell, self.task, size = cell, task, SYMBOLS if task == "text" else 1
        self.stack = KINDS[cell](size, UNITS, LAYERS, dtype=torch.float64)
        self.head = torch.nn.Linear(UNITS, size, dtype=torch.float64)
        for name, bias in self.stack.named_parameters():
            if name.startswith("bias_hh"):  # one bias is enough
                torch.nn.init.zeros_(bias)
                bias.requires_grad_(False)

    def forward(self, inputs):
        if self.task == "text":
            return torch.softmax(self.head(self.stack(inputs)[0][GIVEN - 1 :]), dim=-1)
        hidden, state = self.stack(inputs)
        predictions = [torch.tanh(self.head(hidden[-1]))]
        while len(predictions) < PREDICTIONS:
            hidden, state = self.stack(predictions[-1][None], state)
            predictions.append(torch.tanh(self.head(hidden[-1])))
        return torch.stack(predictions)

    def flat(self, value):
        """Return value(parameter) of all parameters in our order."""
        numbers = []
        for layer in range(LAYERS):
            for name in ("weight_ih", "weight_hh", "bias_ih"):
                whole = value(getattr(self.stack, f"{name}_l{layer}")).detach()
                parts = whole.chunk(len(OURS[self.cell]))
                numbers += torch.cat([parts[part] for part in OURS[self.cell]]).flatten().tolist()
        return numbers + value(self.head.weight).flatten().tolist() + value(self.head.bias).flatten().tolist()


def sequences(task):
    """Return inputs and targets; of a text one-hot, the inputs going on while it is predicted."""
    if task == "text":
        symbols = torch.eye(SYMBOLS, dtype=torch.float64)[torch.randint(SYMBOLS, (GIVEN + PREDICTIONS, BATCH))]
        return symbols[:-1], symbols[GIVEN:]
    inputs = torch.randn(GIVEN, BATCH, 1, dtype=torch.float64)
    return inputs, torch.rand(PREDICTIONS, BATCH, 1, dtype=torch.float64) - 0.5


def loss_of(task, predictions, targets):
    """Return the mean squared error, or the cross-entropy of the symbols that came."""
    if task == "text":
        likely = torch.log(predictions).reshape(-1, SYMBOLS)
        return torch.nn.functional.nll_loss(likely, targets.argmax(dim=-1).flatten())
    return torch.nn.functional.mse_loss(predictions, targets)


def shorten(parameters, clip):
    """Shorten the gradient to `clip` if it is longer; PyTorch's own function adds 1e-6 to its length."""
    norm = torch.nn.utils.get_total_norm([parameter.grad for parameter in parameters])
    if norm > clip:
        for parameter in parameters:
            parameter.grad *= clip / norm


def main():
    cases = []
    kinds = [("curve", None), ("curve", CLIP), ("text", None)]
    for cell in KINDS:
        for optimizer, (task, clip) in itertools.product(("rmsprop", "adam", "sgd"), kinds):
            torch.manual_seed(len(cases))
            network = Reference(cell, task)
            inputs, targets = sequences(task)
            update = optimizers([p for p in network.parameters() if p.requires_grad])[optimizer]()
            case = {
                "cell": cell,
                "task": task,
                "optimizer": optimizer,
                "clip": clip,
                "learning_rate": LEARNING_RATE,
                "units": UNITS,
                "layers": LAYERS,
                "inputs": inputs.tolist(),
                "targets": targets.tolist(),
                "before": network.flat(lambda parameter: parameter),
            }
            for number in range(UPDATES):
                update.zero_grad()
                predictions = network(inputs)
                loss = loss_of(task, predictions, targets)
                loss.backward()
                if number == 0:
                    case |= {
                        "predictions": predictions.tolist(),
                        "loss": loss.item(),
                        "gradient": network.flat(lambda parameter: parameter.grad),
                    }
                if clip:
                    shorten([p for p in network.parameters() if p.requires_grad], clip)
                update.step()
            case |= {"updates": UPDATES, "after": network.flat(lambda parameter: parameter)}
            cases.append(case)
    text = json.dumps({"torch": "2.13.0", "cases": cases}, separators=(",", ":"))
    (Path(__file__).parent / "pytorch.json").write_text(text + "\n")


main()
