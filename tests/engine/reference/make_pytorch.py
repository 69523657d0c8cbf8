"""Writes pytorch.json, the values of a trusted implementation that the engine is tested against.

Needs PyTorch (made with 2.13.0), which the project itself doesn't: run it in an environment of its own,
`python tests/engine/reference/make_pytorch.py`. The order of all weights is that of Network.parameters.
"""

import json
from pathlib import Path

import torch

UNITS, LAYERS, GIVEN, PREDICTIONS, BATCH, UPDATES = 3, 2, 5, 3, 2, 3
LEARNING_RATE = 0.02
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
    """The stack and its head, predicting freely after the given inputs."""

    def __init__(self, cell):
        super().__init__()
        self.cell = cell
        self.stack = KINDS[cell](1, UNITS, LAYERS, dtype=torch.float64)
        self.head = torch.nn.Linear(UNITS, 1, dtype=torch.float64)
        for name, bias in self.stack.named_parameters():
            if name.startswith("bias_hh"):  # one bias is enough
                torch.nn.init.zeros_(bias)
                bias.requires_grad_(False)

    def forward(self, inputs):
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


def main():
    cases = []
    for cell in KINDS:
        for optimizer in ("rmsprop", "adam", "sgd"):
            torch.manual_seed(len(cases))
            network = Reference(cell)
            inputs = torch.randn(GIVEN, BATCH, 1, dtype=torch.float64)
            targets = torch.rand(PREDICTIONS, BATCH, 1, dtype=torch.float64) - 0.5
            update = optimizers([p for p in network.parameters() if p.requires_grad])[optimizer]()
            case = {
                "cell": cell,
                "optimizer": optimizer,
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
                loss = torch.nn.functional.mse_loss(predictions, targets)
                loss.backward()
                if number == 0:
                    case |= {
                        "predictions": predictions.tolist(),
                        "loss": loss.item(),
                        "gradient": network.flat(lambda parameter: parameter.grad),
                    }
                update.step()
            case |= {"updates": UPDATES, "after": network.flat(lambda parameter: parameter)}
            cases.append(case)
    text = json.dumps({"torch": "2.13.0", "cases": cases}, separators=(",", ":"))
    (Path(__file__).parent / "pytorch.json").write_text(text + "\n")


main()
