#!/usr/bin/env python3
"""Times whole training steps of PyTorch on the workloads of `irnn-run bench`: forward, loss, backward, clipping by norm
and SGD. PyTorch: pip install torch, or Debian's python3-torch.

    taskset -c 0 python3 scripts/bench-pytorch.py [WORKLOAD...] [--seconds S] [--threads N]
"""
import argparse
import statistics
import time
from dataclasses import dataclass

import torch
from torch import nn


@dataclass
class Workload:
    cell: str
    hidden: int
    # Features a step; or words, read through an embedding as wide as the hidden layer.
    inputs: int
    steps: int
    # One output is a regression, more are the classes of a softmax.
    outputs: int
    batch: int = 16
    layers: int = 1
    bidirectional: bool = False
    words: bool = False
    every_step: bool = False


def adding(cell, steps):
    return Workload(cell, 100, inputs=2, steps=steps, outputs=1)


def pixels(cell):
    return Workload(cell, 100, inputs=1, steps=784, outputs=10)


def language(cell, layers):
    return Workload(cell, 512, 10_000, 20, 10_000, batch=32, layers=layers, words=True, every_step=True)


def speech(cell, hidden, layers):
    return Workload(cell, hidden, 120, 300, 180, layers=layers, bidirectional=True, every_step=True)


WORKLOADS = {
    "irnn-adding-t150": adding("relu", 150),
    "irnn-adding-t400": adding("relu", 400),
    "irnn-mnist": pixels("relu"),
    "rnn_tanh-adding-t150": adding("tanh", 150),
    "lstm-adding-t150": adding("lstm", 150),
    "lstm-adding-t400": adding("lstm", 400),
    "lstm-mnist": pixels("lstm"),
    "lstm-512": Workload("lstm", 512, inputs=1, steps=20, outputs=1, batch=32),
    "lm-lstm-512": language("lstm", 1),
    "lm-irnn-4x512": language("relu", 4),
    "speech-birnn-5x500": speech("relu", 500, 5),
    "speech-bilstm-2x250": speech("lstm", 250, 2),
}


class Network(nn.Module):
    def __init__(self, w):
        super().__init__()
        self.embedding = nn.Embedding(w.inputs, w.hidden) if w.words else None
        shape = dict(num_layers=w.layers, bidirectional=w.bidirectional)
        features = w.hidden if w.words else w.inputs
        if w.cell == "lstm":
            self.rnn = nn.LSTM(features, w.hidden, **shape)
        else:
            self.rnn = nn.RNN(features, w.hidden, nonlinearity=w.cell, **shape)
        if w.cell == "relu":
            start_as_irnn(self.rnn)
        self.head = nn.Linear(w.hidden * (2 if w.bidirectional else 1), w.outputs)
        self.every_step = w.every_step

    def forward(self, x):
        hidden, _ = self.rnn(x if self.embedding is None else self.embedding(x))
        return self.head(hidden.flatten(0, 1) if self.every_step else hidden[-1])


def start_as_irnn(rnn):
    for name, weight in rnn.named_parameters():
        if name.startswith("weight_hh"):
            nn.init.eye_(weight)
        elif name.startswith("weight_ih"):
            nn.init.normal_(weight, std=0.001)


def training_step(w):
    """A function that makes one update of a network, always on the same random batch."""
    torch.manual_seed(1)
    network = Network(w)
    parameters = list(network.parameters())
    optimizer = torch.optim.SGD(parameters, lr=1e-9)
    x = torch.randint(w.inputs, (w.steps, w.batch)) if w.words else torch.rand(w.steps, w.batch, w.inputs)
    targets = w.batch * (w.steps if w.every_step else 1)
    if w.outputs == 1:
        loss_of, target = nn.MSELoss(), torch.rand(targets, 1)
    else:
        loss_of, target = nn.CrossEntropyLoss(), torch.randint(w.outputs, (targets,))

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss_of(network(x), target).backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()

    return step


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workload", nargs="*", choices=[[], *WORKLOADS], metavar="WORKLOAD")
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    print(f"PyTorch {torch.__version__}, threads: {arguments.threads}")
    for name in arguments.workload or WORKLOADS:
        step = training_step(WORKLOADS[name])
        step()
        times, end = [], time.perf_counter() + arguments.seconds
        while time.perf_counter() < end or len(times) < 5:
            begin = time.perf_counter()
            step()
            times.append(1000 * (time.perf_counter() - begin))
        print(f"{name:22} {statistics.median(times):8.3f} ms a step, fastest {min(times):.3f}", flush=True)


if __name__ == "__main__":
    main()
