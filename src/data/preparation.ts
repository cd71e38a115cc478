/** Who watches data being made ready before a run: reading, converting or synthesizing what is then kept. */
export interface Preparation {
  /** This many pieces of work are ahead. */
  begin(what: string, total: number): void;
  /** This many more of them are done. May throw when the process is asked to stop; that ends the preparation. */
  advance(count: number): void;
  end(): void;
  /** Something worth a line: a cache that was damaged. */
  note(message: string): void;
}

export const unwatched: Preparation = { begin() {}, advance() {}, end() {}, note() {} };
