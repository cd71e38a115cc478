"""Prints test/ngrams/known-answers.json: interpolated Kneser-Ney trigram probabilities by NLTK.

    python3 -m venv /tmp/nltk && /tmp/nltk/bin/pip install nltk==3.10.4
    /tmp/nltk/bin/python test/ngrams/known-answers.py > test/ngrams/known-answers.json

NLTK has one discount for all orders and none for the lowest, and pads nothing here: sentences begin with one <s>, which
is no event of its own. Contexts of two words are asked for, the first of which may be <s>.
"""

import json
import random

import nltk
from nltk.lm import KneserNeyInterpolated
from nltk.util import ngrams

DISCOUNT = 0.75
random.seed(1)
words = ["a", "b", "c", "d", "e", "f"]
sentences = [random.choices(words, weights=[8, 5, 3, 2, 1, 1], k=random.randint(1, 7)) for _ in range(25)]


def events(sentence):
    padded = ["<s>", *sentence, "</s>"]
    for order in (1, 2, 3):
        for ngram in ngrams(padded, order):
            if ngram != ("<s>",):
                yield ngram


model = KneserNeyInterpolated(order=3, discount=DISCOUNT)
model.fit([list(events(s)) for s in sentences], vocabulary_text=[*words, "</s>"])

answers = []
for first in ["<s>", *words]:
    for second in words:
        for word in [*words, "</s>"]:
            answers.append([first, second, word, model.score(word, [first, second])])

print(json.dumps({"nltk": nltk.__version__, "discount": DISCOUNT, "sentences": sentences, "answers": answers}))
