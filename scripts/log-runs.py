#!/usr/bin/env python3
"""Copies runs into MLflow or Weights & Biases: config, every row of metrics.csv, final scores, and what made them.

    pip install mlflow-skinny pyyaml        # or mlflow; or wandb pyyaml
    python3 scripts/log-runs.py mlflow results/runs                     # a run, or folders of runs
    MLFLOW_TRACKING_URI=sqlite:///mlflow.db python3 scripts/log-runs.py mlflow results/runs --project irnn
    WANDB_MODE=offline python3 scripts/log-runs.py wandb results/runs

The same command adds what is new and nothing twice, also after it was killed: a run is known by its name, which its config and seed
determine, and every point that is there already has to be the one in metrics.csv. Reads run directories only; docs/reports.md says
what goes where. Exit codes: 0 done, 64 usage, 65 a damaged run or one that differs from what was logged, 66 no runs, 69 mlflow or wandb is not there.
"""

import argparse
import csv
import hashlib
import json
import math
import pathlib
import sys
from datetime import datetime

import yaml

# A longer run is the same run: these say how far one went, not what it is.
CHANGES = ("name", "training.steps", "stop.", "checkpoint.", "logging.", "engine.threads")


class Damaged(Exception):
    """A run directory that is not what its run wrote, or not what was logged."""


def flat(value, path=""):
    """A config as dotted keys: {"task.T": 150, ...}. Nulls are left out."""
    if isinstance(value, dict):
        return {key: leaf for name, inner in value.items() for key, leaf in flat(inner, f"{path}{name}.").items()}
    return {} if value is None else {path[:-1]: value}


def parse_row(row):
    """The numbers of a row of a CSV file by column; empty cells are left out."""
    return {name: float(cell) for name, cell in row.items() if cell != ""}


class Run:
    """What one run directory says. Raises Damaged for files that its DONE.json does not know."""

    def __init__(self, folder):
        self.name = folder.resolve().name
        self.meta = json.loads((folder / "meta.json").read_text())
        done = folder / "DONE.json"
        self.done = json.loads(done.read_text()) if done.exists() else None
        files = {name: (folder / name).read_bytes() for name in ("config.yaml", "metrics.csv")}
        for name, seal in ((self.done or {}).get("files") or {}).items():
            content = files.get(f"{name}.csv", files.get(f"{name}.yaml"))
            if content is not None and hashlib.sha256(content).hexdigest() != seal["sha256"]:
                raise Damaged(f"its {name} is not what the run wrote")
        self.config = flat(yaml.safe_load(files["config.yaml"]))
        # A row that is being written has no line break yet.
        lines = files["metrics.csv"].decode().split("\n")[:-1]
        self.rows = [parse_row(row) for row in csv.DictReader(lines)]
        times = folder / "timing.csv"
        self.times = [parse_row(row) for row in csv.DictReader(times.open())] if times.exists() else []

    @property
    def columns(self):
        """Of metrics.csv, without the step."""
        return sorted({name for row in self.rows for name in row} - {"step"})

    @property
    def params(self):
        """Settings that determine the run step by step."""
        return {key: value for key, value in self.config.items() if not key.startswith(CHANGES)}

    @property
    def tags(self):
        """How far it went, and what made it."""
        engine, last = self.meta["engine"], self.meta["sessions"][-1]
        git = last.get("git") or {}
        tags = {
            "irnn_run.run": self.name,
            "irnn_run.status": self.done["status"] if self.done else "not over",
            "irnn_run.version": last["irnn_run"],
            "engine": engine["engine"],
            "instruction_set": engine["instructionSet"],
            "numerics": engine.get("numerics"),
            "parameters": self.meta["parameters"],
            "commit": git.get("commit"),
            "commit.modified": git.get("dirty"),
            "node": last["node"],
            "cpu": last["cpu"],
            **{f"data.{key}": value for key, value in flat(self.meta["data"]).items()},
            **{key: value for key, value in self.config.items() if key.startswith(CHANGES)},
        }
        return {key: str(value) for key, value in tags.items() if value is not None}

    @property
    def scores(self):
        """What is known at the end: last scores, best ones under a rule with patience, the constant prediction, times."""
        done = self.done or {}
        numbers = {f"final.{key}": value for key, value in done.get("metrics", {}).items()}
        numbers |= {f"best.{key}": value for key, value in (done.get("best") or {}).get("metrics", {}).items()}
        numbers |= {f"baseline.{key}": value for key, value in done.get("baseline", {}).items()}
        if "solved_at" in done:
            numbers["solved_at"] = done["solved_at"]
        if self.done and self.times:
            numbers |= {key: value for key, value in self.times[-1].items() if key.endswith("_seconds")}
        return {key: float(value) for key, value in numbers.items() if value is not None}

    @property
    def started(self):
        """Unix time in milliseconds."""
        first = self.meta["sessions"][0]["started"].replace("Z", "+00:00")
        return int(datetime.fromisoformat(first).timestamp() * 1000)

    @property
    def clock(self):
        """Unix time in milliseconds at which each row was scored, as far as timing.csv knows."""
        return {int(time["step"]): int(time["unix_time"] * 1000) for time in self.times if "unix_time" in time}


def is_same(value, logged):
    """Databases of MLflow hold the largest number for infinity."""
    if math.isnan(value) or math.isinf(value):
        return math.isnan(logged) if math.isnan(value) else logged in (value, math.copysign(sys.float_info.max, value))
    return value == logged


def new_points(column, logged, rows):
    """The (step, value) points of a column that are not logged yet. Raises Damaged where a logged one is another."""
    points = {int(row["step"]): row[column] for row in rows if column in row}
    # A run that goes on from its last checkpoint has forgotten the rows after it, and will write them again.
    last = int(rows[-1]["step"]) if rows else -1
    for step, value in logged.items():
        if step <= last and not (step in points and is_same(points[step], value)):
            raise Damaged(f"{column} at step {step} was logged as {value}, the run says {points.get(step)}")
    return [(step, value) for step, value in points.items() if step not in logged]


def chunks(items, size):
    return (items[at : at + size] for at in range(0, len(items), size))


class Mlflow:
    """A local file store or database, or a server, as MLFLOW_TRACKING_URI says."""

    def __init__(self, project):
        from mlflow import MlflowClient

        self.client = MlflowClient()
        experiment = self.client.get_experiment_by_name(project)
        self.experiment = experiment.experiment_id if experiment else self.client.create_experiment(project)

    def log(self, run):
        from mlflow.entities import Metric, Param, RunTag

        found = self.client.search_runs([self.experiment], f"tags.`irnn_run.run` = '{run.name}'")
        tags = run.tags
        own = found[0] if found else self.client.create_run(self.experiment, run.started, tags, run_name=run.name)
        run_id = own.info.run_id
        logged = lambda column: {metric.step: metric.value for metric in self.client.get_metric_history(run_id, column)}
        metrics = [
            Metric(column, value, run.clock.get(step, run.started), step)
            for column in run.columns
            for step, value in new_points(column, logged(column), run.rows)
        ]
        end = run.done["step"] if run.done else 0
        # A longer run adds the scores of its later end.
        metrics += [
            Metric(name, value, run.clock.get(end, run.started), end)
            for name, value in run.scores.items()
            if end not in logged(name)
        ]
        for chunk in chunks(metrics, 1000):
            self.client.log_batch(run_id, metrics=chunk)
        params = [Param(key, str(value)) for key, value in run.params.items() if key not in own.data.params]
        for chunk in chunks(params, 100):
            self.client.log_batch(run_id, params=chunk)
        changed = [RunTag(key, value) for key, value in tags.items() if own.data.tags.get(key) != value]
        self.client.log_batch(run_id, tags=changed)
        if run.done and own.info.status != "FINISHED":
            self.client.set_terminated(run_id, "FINISHED", run.clock.get(end))
        return len(metrics)


class Wandb:
    """A server, or under WANDB_MODE=offline folders that `wandb sync` sends to one later."""

    def __init__(self, project):
        import wandb

        self.wandb, self.project = wandb, project
        settings = wandb.setup().settings
        self.offline = settings.mode == "offline"
        self.receipts = pathlib.Path(settings.wandb_dir) / "irnn-run" / project

    def log(self, run):
        # A server says how far it has got; offline only a receipt can.
        receipt = self.receipts / f"{run.name}.json"
        state = {"step": int(run.rows[-1]["step"]) if run.rows else -1, "status": run.tags["irnn_run.status"]}
        known = json.loads(receipt.read_text()) if self.offline and receipt.exists() else None
        if known == state:
            return 0
        config = {**run.params, "irnn_run": run.tags}
        with self.wandb.init(project=self.project, id=run.name, name=run.name, config=config, resume="allow") as own:
            begin = known["step"] + 1 if known else own.step
            new = [row for row in run.rows if row["step"] >= begin]
            for row in new:
                own.log({column: row[column] for column in run.columns if column in row}, step=int(row["step"]))
            own.summary.update(run.scores)
        if self.offline:
            receipt.parent.mkdir(parents=True, exist_ok=True)
            receipt.write_text(json.dumps(state))
        return sum(len(row) - 1 for row in new)


def find_runs(paths):
    for path in map(pathlib.Path, paths):
        for config in sorted(path.rglob("config.yaml")):
            if all((config.parent / name).exists() for name in ("meta.json", "metrics.csv")):
                yield config.parent


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("to", choices=["mlflow", "wandb"])
    parser.add_argument("runs", nargs="+", help="runs, or folders of runs")
    parser.add_argument("--project", default="irnn-run", help="MLflow's experiment, or W&B's project")
    parser.exit = lambda status=0, message=None: (sys.stderr.write(message or ""), sys.exit(64 if status else 0))
    options = parser.parse_args()
    folders = list(find_runs(options.runs))
    if not folders:
        sys.stderr.write(f"log-runs.py: {', '.join(options.runs)}: no runs there\n")
        return 66
    code = 0
    try:
        tracker = {"mlflow": Mlflow, "wandb": Wandb}[options.to](options.project)
        for folder in folders:
            try:
                added = tracker.log(Run(folder))
                print(f"{folder.name}: {f'{added} points added' if added else 'nothing new'}", flush=True)
            except (Damaged, OSError, ValueError, KeyError) as error:
                sys.stderr.write(f"log-runs.py: {folder}: {error}; left out\n")
                code = 65
    except ImportError as error:
        sys.stderr.write(f"log-runs.py: {error}; pip install {'mlflow-skinny' if options.to == 'mlflow' else 'wandb'}\n")
        return 69
    except Exception as error:  # a store that refuses, a server that is not there: each tracker has kinds of its own
        sys.stderr.write(f"log-runs.py: {options.to}: {error}\n")
        return 69
    return code


if __name__ == "__main__":
    sys.exit(main())
