#!/usr/bin/env python3
"""Scores a run's checkpoint in PyTorch: an independent check of the model, of the file formats and of the scores.

    pip install torch numpy pyyaml
    irnn-run data export results/runs/<run>/config.yaml --out test.safetensors
    python3 scripts/evaluate-in-pytorch.py results/runs/<run> test.safetensors [CHECKPOINT]

Prints the scores as JSON; `irnn-run eval <run> --json` must print the same up to rounding. CHECKPOINT is last (the
default), best (of a run that is over), a step, or a file. Every task, cell, stack and direction; nothing of irnn-run is used.
"""

import json
import math
import pathlib
import struct
import sys

import numpy
import torch
import yaml

# Sequences that are run together, and positions whose logits are held at once.
SEQUENCES, POSITIONS = 64, 4096
TYPES = {"F32": numpy.float32, "F64": numpy.float64, "I32": numpy.int32}


def read_safetensors(path):
    """Tensors by name, and the metadata."""
    data = pathlib.Path(path).read_bytes()
    (size,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8 : 8 + size])
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        flat = numpy.frombuffer(data[8 + size + begin : 8 + size + end], TYPES[entry["dtype"]])
        tensors[name] = torch.from_numpy(flat.reshape(entry["shape"]).copy())
    return tensors, metadata


def checkpoint_of(run, choice="last"):
    if choice == "last":
        return max(run.glob("checkpoint-*.safetensors"), key=lambda path: int(path.stem.split("-")[1]))
    if choice == "best":
        best = json.loads((run / "DONE.json").read_text()).get("best")
        return run / best["checkpoint"] if best else sys.exit(f"{run}: keeps no best checkpoint")
    return run / f"checkpoint-{choice}.safetensors" if choice.isdigit() else pathlib.Path(choice)


class Model(torch.nn.Module):
    """Embedding, recurrent layers, projection and head by the names of the checkpoint."""

    def __init__(self, config, weights):
        super().__init__()
        of = lambda prefix: {name[len(prefix) :]: value for name, value in weights.items() if name.startswith(prefix)}
        self.embedding = weights.get("embedding.weight")
        inputs = weights["rnn.weight_ih_l0"].shape[1]
        both = {"num_layers": config["layers"], "bidirectional": config["bidirectional"], "batch_first": True}
        if config["type"] == "lstm":
            self.rnn = torch.nn.LSTM(inputs, config["hidden"], **both)
        else:
            nonlinearity = "tanh" if config["type"] == "rnn_tanh" else "relu"
            self.rnn = torch.nn.RNN(inputs, config["hidden"], nonlinearity=nonlinearity, **both)
        self.rnn.load_state_dict(of("rnn."))
        self.projection = weights.get("projection.weight")
        self.head = torch.nn.Linear(*reversed(weights["head.weight"].shape))
        self.head.load_state_dict(of("head."))

    def outputs(self, x, lengths):
        """Of the top layer at every step [B, T, D * H], and after the last [B, D * H]."""
        if self.embedding is not None:
            x = self.embedding[x.long()]
        packed = torch.nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        outputs, end = self.rnn(packed)
        h = end[0] if isinstance(end, tuple) else end
        top = h[-2:] if self.rnn.bidirectional else h[-1:]
        steps, _ = torch.nn.utils.rnn.pad_packed_sequence(outputs, batch_first=True)
        return steps, torch.cat(list(top), dim=1)

    def read(self, h):
        return self.head(h if self.projection is None else h @ self.projection.T)


def targets_and_outputs(model, data):
    """Chunks of scored targets, what the head puts out for them, and the number of their sequences."""
    every_step = data["target"].dim() == 2 and data["target"].dtype == torch.int32
    order = torch.nonzero(data["length"] > 0).flatten()
    for chosen in order.split(SEQUENCES):
        lengths = data["length"][chosen].long()
        steps, last = model.outputs(data["x"][chosen, : int(lengths.max())], lengths)
        if not every_step:
            yield data["target"][chosen], model.read(last), chosen
            continue
        target = data["target"][chosen, : steps.shape[1]]
        scored = target >= 0
        numbers = chosen[:, None].expand_as(target)[scored]
        parts = zip(target[scored].split(POSITIONS), steps[scored].split(POSITIONS), numbers.split(POSITIONS))
        for wanted, h, sequence in parts:
            yield wanted, model.read(h), sequence


def score(task, model, data, preprocessing):
    if task == "adding":
        errors = [((y - wanted).double() ** 2).sum().item() for wanted, y, _ in targets_and_outputs(model, data)]
        return {"mse": sum(errors) / len(data["target"])}
    rows = []
    for wanted, logits, sequence in targets_and_outputs(model, data):
        losses = torch.nn.functional.cross_entropy(logits.double(), wanted.long(), reduction="none")
        rows.append(torch.stack([losses, (logits.argmax(1) == wanted).double(), wanted.double(), sequence.double()]))
    losses, right, wanted, sequence = torch.cat(rows, dim=1)
    if task == "phone_frames":
        new = data["new_voice"][sequence.long()] == 1
        silent = torch.tensor(preprocessing["silent"])[wanted.long()]
        error = lambda which: 1 - right[which].mean().item()
        found = {"frame_error": error(~new), "frame_error_speech": error(~new & ~silent), "loss": losses[~new].mean().item()}
        return {**found, **({"frame_error_new_voice": error(new)} if new.any() else {})}
    found = {"accuracy": right.mean().item(), "loss": losses.mean().item()}
    return {"perplexity": math.exp(found["loss"]), **found} if task == "language_model" else found


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit("usage: evaluate-in-pytorch.py RUN DATA.safetensors [CHECKPOINT]")
    run = pathlib.Path(sys.argv[1])
    config = yaml.safe_load((run / "config.yaml").read_text())
    weights, metadata = read_safetensors(checkpoint_of(run, *sys.argv[3:]))
    data, about = read_safetensors(sys.argv[2])
    if about.get("task") != config["task"]["name"]:
        sys.exit(f"{sys.argv[2]}: data of {about.get('task')}, but {run} is a run of {config['task']['name']}")
    features = run / "features.json"
    with torch.no_grad():
        model = Model(config["model"], weights)
        scores = score(about["task"], model, data, json.loads(features.read_text()) if features.exists() else None)
    print(json.dumps({"step": int(metadata["step"]), "split": about["split"], "metrics": scores}))


if __name__ == "__main__":
    main()
