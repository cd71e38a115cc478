"""Prints as JSON what MLflow holds of every run of an experiment: name, status, params, tags, points of each metric."""

import json
import sys

from mlflow import MlflowClient

client = MlflowClient()
runs = client.search_runs([client.get_experiment_by_name(sys.argv[1]).experiment_id])
print(
    json.dumps(
        [
            {
                "name": run.info.run_name,
                "status": run.info.status,
                "params": run.data.params,
                "tags": run.data.tags,
                "points": {
                    name: [[metric.step, metric.value] for metric in client.get_metric_history(run.info.run_id, name)]
                    for name in run.data.metrics
                },
            }
            for run in runs
        ]
    )
)
