#!/usr/bin/env python3
"""A search by another program: Optuna proposes settings, irnn-run runs them and says how they score (ask and tell).

    pip install optuna
    python3 scripts/optuna-search.py configs/smoke.yaml --metric valid_mse --trials 20 --rungs 1000,3000

A trial is an ordinary run. It is brought from rung to rung, steps with an evaluation, and Optuna's pruner may give it up there.
Nothing is kept but run directories: started again, the sampler proposes the same from its seed, and what is done is found done.
What is searched stands in `settings`; IRNN_RUN names the program if it is not on the path.
"""

import argparse
import csv
import json
import math
import os
import shlex
import subprocess
import sys

import optuna


def settings(trial):
    return {
        "training.learning_rate": trial.suggest_float("learning_rate", 1e-4, 1e-1, log=True),
        "training.clip.threshold": trial.suggest_float("threshold", 0.3, 30, log=True),
        "model.hidden": trial.suggest_int("hidden", 8, 64, log=True),
    }


def run(options, keys, until):
    """Brings the run of these settings to its end, or to a step; returns what irnn-run says of it."""
    argv = [*shlex.split(os.environ.get("IRNN_RUN", "npx irnn-run")), options.config, "--out", options.out, "--json", "--quiet"]
    argv += [word for key, value in keys.items() for word in ("--set", f"{key}={json.dumps(value)}")]
    argv += [] if until is None else ["--until-step", str(until)]
    done = subprocess.run(argv, stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(done.returncode)  # its last line on stderr says why; the same command goes on
    return json.loads(done.stdout)


def score_at(run_directory, metric, step):
    """The score of an evaluation, by the table that every run leaves; None if the run ended before."""
    with open(f"{run_directory}/metrics.csv", newline="") as table:
        scores = [float(row[metric]) for row in csv.DictReader(table) if int(row["step"]) == step]
    return scores[0] if scores else None


def follow(trial, options):
    """The score at the end of a trial; None if it was given up on its way."""
    keys = settings(trial)
    worst = -math.inf if options.maximize else math.inf
    for rung in options.rungs:
        score = score_at(run(options, keys, rung)["directory"], options.metric, rung)
        if score is None:
            break
        trial.report(worst if math.isnan(score) else score, rung)
        if trial.should_prune():
            return None
    result = run(options, keys, None)
    score = float(result["metrics"][options.metric])  # what is not finite comes as text
    return worst if result["status"] == "diverged" or math.isnan(score) else score


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("config")
    parser.add_argument("--metric", required=True, help="a score of the run, such as valid_mse")
    parser.add_argument("--maximize", action="store_true", help="more of it is better")
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--rungs", type=lambda text: [int(step) for step in text.split(",")], default=[])
    parser.add_argument("--seed", type=int, default=1, help="of the proposals")
    parser.add_argument("--out", default="results/runs")
    options = parser.parse_args()
    study = optuna.create_study(
        direction="maximize" if options.maximize else "minimize",
        sampler=optuna.samplers.TPESampler(seed=options.seed),
        pruner=optuna.pruners.SuccessiveHalvingPruner(min_resource=min(options.rungs, default=1), reduction_factor=3),
    )
    for _ in range(options.trials):
        trial = study.ask()
        score = follow(trial, options)
        if score is None:
            study.tell(trial, state=optuna.trial.TrialState.PRUNED)
        else:
            study.tell(trial, score)
    best = study.best_trial
    print(json.dumps({"best": best.value, "trial": best.number, "settings": settings(best)}))


if __name__ == "__main__":
    main()
