import type { SchemaNode } from './json-schema.ts';
import type { LocatedMap } from './located.ts';

/** What was written, as it stands and as data, and the schema that judged it. */
export interface Judged {
  readonly root: LocatedMap;
  readonly data: unknown;
  readonly schema: SchemaNode;
}
