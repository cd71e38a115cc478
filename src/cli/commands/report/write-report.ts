import { spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { writeAnyReport } from '../../../reports/any-report.ts';
import { foldersIn } from '../../../reports/find-runs.ts';
import { reportItems, writePaperReport } from '../../../reports/paper-report.ts';
import { ExitCode, UserError } from '../../../support/errors.ts';
import { printable } from '../../../support/printable.ts';
import { isRunDirectory, runPaths } from '../../../training/run-directory.ts';
import { pause, StopRequest } from '../../../training/signals.ts';

/** A report that can be written again and again. */
interface Report {
  /** Folders with the runs. */
  readonly runs: readonly string[];
  readonly out: string;
  /** `refresh`: seconds after which the page looks for a newer one. */
  readonly write: (refresh: number | null) => Promise<string[]>;
}

const warn = (message: string) => process.stderr.write(`irnn-run: ${printable(message)}\n`);

export const writer = {
  /** The paper's. Throws UserError (64) for an item that is not in the report. */
  paper(items: readonly string[], runs: readonly string[], out: string): Report {
    const unknown = items.find((item) => item !== 'all' && !reportItems.includes(item as never));
    if (unknown !== undefined) {
      throw new UserError(
        ExitCode.usage,
        `there is no "${unknown}" in the report; choose from ${reportItems.join(', ')}, all`,
      );
    }
    const chosen =
      items.length === 0 || items.includes('all')
        ? reportItems
        : reportItems.filter((item) => items.includes(item));
    return {
      runs,
      out,
      write: (refresh) => writePaperReport({ items: chosen, runs, out, warn, refresh }),
    };
  },

  /** Of any runs. Throws UserError (64) if figures or tables of the paper are asked for. */
  any(items: readonly string[], folder: string, out = join(folder, 'report')): Report {
    if (items.length > 0) {
      throw new UserError(
        ExitCode.usage,
        `--all takes no figures or tables of the paper (${items.join(', ')})`,
      );
    }
    return { runs: [folder], out, write: (refresh) => writeAnyReport({ folder, out, warn, refresh }) };
  },
};

export interface ReportWishes {
  readonly open: boolean;
  readonly watch: boolean;
  /** Seconds between looks. */
  readonly interval: number;
}

/**
 * Writes a report, shows it if asked to, and writes it again whenever its runs change until Ctrl-C; at last without what makes
 * the page look for newer ones. stdout has the paths of the files.
 */
export async function makeReport(report: Report, { open, watch, interval }: ReportWishes): Promise<void> {
  const { write, out, runs } = report;
  // Looked at before each writing: what changes meanwhile is seen at the next look.
  let seen = watch ? stateOf(runs) : '';
  const files = await write(watch ? interval : null);
  process.stdout.write(files.map((file) => `${file}\n`).join(''));
  if (open) openInBrowser(join(out, 'index.html'));
  if (!watch) return;
  const stopRequest = new StopRequest();
  try {
    while (stopRequest.exitCode === null) {
      await pause(interval, stopRequest);
      const now = stateOf(runs);
      if (now === seen) continue;
      seen = now;
      await write(interval);
      process.stderr.write(`irnn-run: ${join(out, 'index.html')} written again\n`);
    }
  } finally {
    stopRequest.dispose();
    await write(null);
  }
}

/** Changes whenever a file changes that a report reads. */
function stateOf(folders: readonly string[]): string {
  return folders
    .flatMap((folder) => [...foldersIn(folder)])
    .flatMap((folder) => {
      const { metrics, done, meta, config } = runPaths(folder);
      const files = isRunDirectory(folder) ? [metrics, done, meta, config] : [join(folder, 'selection.json')];
      return files.flatMap((path) => {
        const file = statSync(path, { throwIfNoEntry: false });
        return file === undefined ? [] : `${path} ${file.size} ${file.mtimeMs}`;
      });
    })
    .join('\n');
}

/** What opens a file on this system; $BROWSER, where it is set, comes first. */
function openInBrowser(path: string): void {
  const [command, ...args] = process.env.BROWSER
    ? [process.env.BROWSER]
    : process.platform === 'darwin'
      ? ['open']
      : process.platform === 'win32'
        ? ['explorer']
        : ['xdg-open'];
  const child = spawn(command!, [...args, path], { stdio: 'ignore', detached: true });
  child.on('error', () => warn(`${path}: found nothing to show it with (${command}); open it in a browser`));
  child.unref();
}
