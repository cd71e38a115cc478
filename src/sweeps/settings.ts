/** A setting's value on one line. */
export function inline(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The settings of a run on one line: `type=irnn learning_rate=0.01`. */
export function describeSettings(settings: Readonly<Record<string, unknown>>): string {
  return Object.entries(settings)
    .map(([dotted, value]) => `${dotted.split('.').at(-1)}=${inline(value)}`)
    .join(' ');
}
