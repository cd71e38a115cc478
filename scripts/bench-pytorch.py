#!/usr/bin/env python3
"""Times whole training steps of torch.nn.RNN and torch.nn.LSTM on workloads of `irnn-run bench`: forward, loss, backward,
clipping by norm and SGD, batch 16, 100 units, one thread. PyTorch: pip install torch, or Debian's
python3-torch.

    taskset -c 0 python3 scripts/bench-pytorch.py [WORKLOAD...] [--seconds S]
"""
import argparse
import statistics
import time

import torch
from torch import nn

BATCH, HIDDEN = 16, 100
# name: (cell, features, time steps, outputs; one output is a regression)
WORKLOADS = {
    "irnn-adding-t150": ("relu", 2, 150, 1),
    "irnn-adding-t400": ("relu", 2, 400, 1),
    "irnn-mnist": ("relu", 1, 784, 10),
    "rnn_tanh-adding-t150": ("tanh", 2, 150, 1),
    "lstm-adding-t150": ("lstm", 2, 150, 1),
    "lstm-adding-t400": ("lstm", 2, 400, 1),
    "lstm-mnist": ("lstm", 1, 784, 10),
}


def training_step(cell, features, steps, outputs):
    """A function that makes one update, on one random batch, with a network as irnn-run starts it."""
    torch.manual_seed(1)
    rnn = nn.LSTM(features, HIDDEN) if cell == "lstm" else nn.RNN(features, HIDDEN, nonlinearity=cell)
    if cell == "relu":
        nn.init.eye_(rnn.weight_hh_l0)
        nn.init.normal_(rnn.weight_ih_l0, std=0.001)
    head = nn.Linear(HIDDEN, outputs)
    parameters = [*rnn.parameters(), *head.parameters()]
    optimizer = torch.optim.SGD(parameters, lr=1e-9)
    x = torch.rand(steps, BATCH, features)
    if outputs == 1:
        loss_of, target = nn.MSELoss(), torch.rand(BATCH, 1)
    else:
        loss_of, target = nn.CrossEntropyLoss(), torch.randint(outputs, (BATCH,))

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss_of(head(rnn(x)[0][-1]), target).backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()

    return step


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workload", nargs="*", choices=[[], *WORKLOADS], metavar="WORKLOAD")
    parser.add_argument("--seconds", type=float, default=3)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    print(f"PyTorch {torch.__version__}, 1 thread")
    for name in arguments.workload or WORKLOADS:
        step = training_step(*WORKLOADS[name])
        step()
        times, end = [], time.perf_counter() + arguments.seconds
        while time.perf_counter() < end or len(times) < 5:
            begin = time.perf_counter()
            step()
            times.append(1000 * (time.perf_counter() - begin))
        print(f"{name:22} {statistics.median(times):8.3f} ms a step, fastest {min(times):.3f}", flush=True)


if __name__ == "__main__":
    main()
