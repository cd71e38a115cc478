import { existsSync, readdirSync } from 'node:fs';
import { packageFile } from '../support/package.ts';

export type InputKind = 'config' | 'sweep';

/** Where the configs and the sweeps lie that come with the program. */
const FOLDER = { config: 'configs', sweep: 'configs/sweeps' } satisfies Record<InputKind, string>;

/** The names of the program's own configs (`adding-t150`, `table-4/timit-2l-irnn`) or sweeps, sorted; with slashes on every system. */
export function shippedNames(kind: InputKind): string[] {
  return readdirSync(packageFile(FOLDER[kind]), { recursive: true })
    .map((file) => String(file).replaceAll('\\', '/'))
    .filter((file) => file.endsWith('.yaml') && !(kind === 'config' && file.startsWith('sweeps/')))
    .map((file) => file.slice(0, -'.yaml'.length))
    .sort();
}

/** The file of one of the program's own configs or sweeps; null for a name that is none. */
export function shippedFile(kind: InputKind, name: string): string | null {
  if (!/^[\w-][\w./-]*$/.test(name) || name.includes('..') || name.startsWith('sweeps/')) return null;
  const path = packageFile(`${FOLDER[kind]}/${name}.yaml`);
  return existsSync(path) ? path : null;
}
