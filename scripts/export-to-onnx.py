#!/usr/bin/env python3
"""Turns a run's checkpoint into ONNX by way of PyTorch, and checks it: ONNX Runtime has to give PyTorch's outputs.

    pip install torch numpy pyyaml onnx onnxruntime
    python3 scripts/export-to-onnx.py results/runs/<run> model.onnx [CHECKPOINT]

CHECKPOINT is last (the default), best (of a run that is over), a step, or a file.

The input `x` is [B, T, I] features, or [B, T] token numbers (int64), of sequences that all have T steps; any B and T. The output
`y` is what the head puts out, values or logits: [B, O] after the last step, or [B, T, O] at every step for models of text and
speech. Layers in both directions are included; the inputs' own preparation is not (docs/checkpoints.md).
"""

import importlib.util
import pathlib
import sys

import numpy
import onnxruntime
import torch
import yaml

spec = importlib.util.spec_from_file_location("scores", pathlib.Path(__file__).parent / "evaluate-in-pytorch.py")
scores = importlib.util.module_from_spec(spec)
spec.loader.exec_module(scores)

# Steps and sequences with which the graph is recorded, and others with which it is checked.
RECORDED, CHECKED = (2, 5), (3, 11)
TOLERANCE = 1e-5


class Whole(torch.nn.Module):
    """The model over sequences of one length."""

    def __init__(self, model, every_step):
        super().__init__()
        self.model, self.every_step = model, every_step

    def forward(self, x):
        if self.model.embedding is not None:
            x = torch.nn.functional.embedding(x, self.model.embedding)
        steps, end = self.model.rnn(x)
        if self.every_step:
            return self.model.read(steps)
        h = end[0] if isinstance(end, tuple) else end
        return self.model.read(torch.cat([h[-2], h[-1]], dim=1) if self.model.rnn.bidirectional else h[-1])


def inputs(weights, size):
    """Random ones: B sequences of T steps."""
    generator = torch.Generator().manual_seed(1)
    if "embedding.weight" in weights:
        return torch.randint(len(weights["embedding.weight"]), size, generator=generator)
    return torch.randn(*size, weights["rnn.weight_ih_l0"].shape[1], generator=generator)


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit("usage: export-to-onnx.py RUN MODEL.onnx [CHECKPOINT]")
    run, out = pathlib.Path(sys.argv[1]), sys.argv[2]
    config = yaml.safe_load((run / "config.yaml").read_text())
    weights, _ = scores.read_safetensors(scores.checkpoint_of(run, *sys.argv[3:]))
    every_step = config["task"]["name"] in ("language_model", "phone_frames")
    model = Whole(scores.Model(config["model"], weights), every_step).eval()
    axes = {"x": {0: "B", 1: "T"}, "y": {0: "B", 1: "T"} if every_step else {0: "B"}}
    torch.onnx.export(
        model, (inputs(weights, RECORDED),), out, input_names=["x"], output_names=["y"], dynamic_axes=axes, opset_version=14
    )
    x = inputs(weights, CHECKED)
    session = onnxruntime.InferenceSession(out, providers=["CPUExecutionProvider"])
    found = session.run(None, {"x": x.numpy()})[0]
    with torch.no_grad():
        wanted = model(x).numpy()
    error = numpy.abs(found - wanted).max() / numpy.abs(wanted).max()
    if found.shape != wanted.shape or not error < TOLERANCE:
        sys.exit(f"{out}: ONNX Runtime's outputs {found.shape} differ from PyTorch's {wanted.shape} by {error:.1e}")
    print(f"{out}: ONNX Runtime {onnxruntime.__version__} agrees with PyTorch {torch.__version__} within {error:.1e}")


if __name__ == "__main__":
    main()
