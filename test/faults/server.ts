import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

interface Answer {
  readonly exitCode: number;
  readonly stderr: string;
}

/** A process that runs one command line after the other: a start of Node.js costs more than a tiny run. */
export class Server {
  readonly #child: ChildProcess;

  constructor(environment: object = {}) {
    // Without git, which would be asked for the commit by every run.
    const env = { ...process.env, PATH: '', ...environment };
    this.#child = fork(fileURLToPath(new URL('server.mjs', import.meta.url)), [], {
      env,
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
  }

  /** Runs a command line with these variables set in its environment. */
  run(environment: Readonly<Record<string, string>>, ...argv: string[]): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const ended = (code: number | null) => reject(new Error(`the server ended with ${code}`));
      this.#child.once('exit', ended);
      this.#child.once('message', (answer) => {
        this.#child.off('exit', ended);
        resolve(answer as Answer);
      });
      this.#child.send({ argv, environment });
    });
  }

  /** Ends it as a crash would, and waits until it is gone. */
  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }
}
