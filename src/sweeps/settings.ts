/** A setting's value on one line, as it may be written in YAML. */
export function inline(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(inline).join(', ')}]`;
  const entries = Object.entries(value).map(([key, inner]) => `${key}: ${inline(inner)}`);
  return `{${entries.join(', ')}}`;
}

/** The settings of a run on one line: `type=irnn learning_rate=0.01`. */
export function describeSettings(settings: Readonly<Record<string, unknown>>): string {
  return Object.entries(settings)
    .map(([dotted, value]) => `${dotted.split('.').at(-1)}=${inline(value)}`)
    .join(' ');
}
