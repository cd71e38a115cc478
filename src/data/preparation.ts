/** Who watches data being made ready before a run: reading, converting or synthesizing what is then cached. */
export interface Preparation {
  /** `total` pieces of work are ahead. */
  start(what: string, total: number): void;
  /** So many of them are done. May throw, when the process is asked to stop: that ends the preparation. */
  advance(done: number): void;
  stop(): void;
  /** Something worth a line: a cache that was damaged. */
  note(message: string): void;
}

export const unwatched: Preparation = { start() {}, advance() {}, stop() {}, note() {} };
