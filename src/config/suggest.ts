/** Short names that people know from elsewhere. */
const KNOWN_AS: Readonly<Record<string, string>> = {
  lr: 'learning_rate',
  gc: 'clip',
  fb: 'forget_bias',
  epochs: 'steps',
  length: 'T',
  units: 'hidden',
  interval: 'every',
};

/** The config's word for a name from elsewhere, if it is one. */
export function configWord(word: string): string | undefined {
  const typed = word.toLowerCase();
  return Object.hasOwn(KNOWN_AS, typed) ? KNOWN_AS[typed] : undefined;
}

/** The candidate that was probably meant: at most two edits away, a prefix, or another name for it. */
export function closest(word: string, candidates: readonly string[]): string | null {
  const typed = word.toLowerCase();
  const alias = configWord(typed);
  let best: string | null = null;
  let bestDistance = 3;
  for (const candidate of candidates) {
    const known = candidate.toLowerCase();
    const steps = distance(typed, known);
    // Of two equally near, the one with letters left out: `sed` is seed rather than set.
    const edits = steps - (isPart(typed, known) ? 0.5 : 0);
    if (edits < bestDistance && edits < Math.min(typed.length, known.length)) {
      best = candidate;
      bestDistance = edits;
    }
  }
  if (best !== null) return best;
  if (alias !== undefined && candidates.includes(alias)) return alias;
  const prefix = (a: string, b: string) => b.length >= 4 && a.startsWith(b);
  return (
    candidates.find((known) => prefix(typed, known.toLowerCase()) || prefix(known.toLowerCase(), typed)) ??
    null
  );
}

/** Whether a word's letters occur in another word in the same order. */
function isPart(word: string, whole: string): boolean {
  let at = 0;
  for (const letter of whole) if (letter === word[at]) at++;
  return at === word.length;
}

/** `did you mean "x"?`, or null when nothing is close. */
export function didYouMean(word: string, candidates: readonly string[]): string | null {
  const guess = closest(word, candidates);
  return guess === null ? null : `did you mean "${guess}"?`;
}

/** Levenshtein distance: insertions, deletions and substitutions that turn `a` into `b`. */
export function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return 3; // Nobody asks about more than two.
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(previous[j]! + 1, current[j - 1]! + 1, substitution));
    }
    previous = current;
  }
  return previous[b.length]!;
}
