"""PyTorch on the CPU as a worker, 32 bits, one thread; runs in the peers' environment and imports nothing of ours."""

import json
import sys
import time
from functools import cache

import torch

torch.set_num_threads(1)


class Net(torch.nn.Module):
    def __init__(self, cell, layers, units):
        super().__init__()
        kind = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "rnn": torch.nn.RNN}[cell]
        self.stack, self.head = kind(1, units, layers), torch.nn.Linear(units, 1)

    def forward(self, inputs, predictions):
        hidden, state = self.stack(inputs)
        spoken = [torch.tanh(self.head(hidden[-1]))]
        while len(spoken) < predictions:
            hidden, state = self.stack(spoken[-1][None], state)
            spoken.append(torch.tanh(self.head(hidden[-1])))
        return torch.stack(spoken)


@cache
def prepared(cell, layers, units, steps, predictions, sequences):
    torch.manual_seed(1)
    net = Net(cell, layers, units)
    optimizer = torch.optim.RMSprop(net.parameters(), lr=0.001, alpha=0.9, momentum=0.9)
    inputs = 2 * torch.rand(steps, sequences, 1) - 1
    targets = 2 * torch.rand(predictions, sequences, 1) - 1
    return net, optimizer, inputs, targets


def epoch(work):
    batch = work["batch"]
    net, optimizer, inputs, targets = prepared(*(value for name, value in work.items() if name != "batch"))
    for start in range(0, work["sequences"], batch):
        there = slice(start, start + batch)
        optimizer.zero_grad()
        predictions = net(inputs[:, there], work["predictions"])
        torch.nn.functional.mse_loss(predictions, targets[:, there]).backward()
        optimizer.step()


print(json.dumps({"version": f"PyTorch {torch.__version__}, 32 bits"}), flush=True)
for line in sys.stdin:
    asked = json.loads(line)
    wall, cpu = time.perf_counter(), time.process_time()
    epoch(asked)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(json.dumps({"ms": 1e3 * wall, "cpu_ms": 1e3 * cpu}), flush=True)
