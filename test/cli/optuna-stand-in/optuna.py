"""The part of Optuna that scripts/optuna-search.py uses, without its cleverness: for machines that do not have it."""

import random
import types


class Trial:
    def __init__(self, number, rng):
        self.number, self.value, self.reported = number, None, {}
        self._rng, self._params = rng, {}

    def suggest_float(self, name, low, high, log=False):
        return self._params.setdefault(name, low * (high / low) ** self._rng.random())

    def suggest_int(self, name, low, high, log=False):
        return self._params.setdefault(name, self._rng.randint(low, high))

    def report(self, value, step):
        self.reported[step] = value

    def should_prune(self):
        return self.number == 1 and len(self.reported) > 1


class Study:
    def __init__(self, direction, sampler, pruner):
        self._rng, self._sign, self._trials = random.Random(sampler), 1 if direction == "minimize" else -1, []

    def ask(self):
        self._trials.append(Trial(len(self._trials), self._rng))
        return self._trials[-1]

    def tell(self, trial, value=None, state=None):
        trial.value = value

    @property
    def best_trial(self):
        told = [trial for trial in self._trials if trial.value is not None]
        return min(told, key=lambda trial: self._sign * trial.value)


create_study = Study
samplers = types.SimpleNamespace(TPESampler=lambda seed: seed)
pruners = types.SimpleNamespace(SuccessiveHalvingPruner=lambda min_resource, reduction_factor: None)
trial = types.SimpleNamespace(TrialState=types.SimpleNamespace(PRUNED="pruned"))
