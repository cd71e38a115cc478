"""Reads a run's test MSE with TensorBoard's own reader, and again after a line of input; one JSON line each.

The third line is of a reader that starts afresh, as a TensorBoard that is opened later.
"""

import json
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator


def points(reader):
    reader.Reload()
    print(json.dumps([[event.step, event.value] for event in reader.Scalars("test/mse")]), flush=True)


watching = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0})
points(watching)
sys.stdin.readline()
points(watching)
points(EventAccumulator(sys.argv[1], size_guidance={"scalars": 0}))
