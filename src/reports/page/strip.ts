import { type Coverage, totalCoverage } from '../paper/coverage.ts';
import { judgements, type Verdict } from '../paper/judgement.ts';
import { escapeHtml, tight } from './html.ts';

/** The paper's claims with what became of them, before anything else. */
export function verdictStrip(verdicts: readonly Verdict[]): string {
  return `<ol class="verdicts">${verdicts.map(verdictHtml).join('\n')}</ol>`;
}

function verdictHtml({ id, claim, judgement, evidence, n, rule, link, standIn }: Verdict): string {
  const { word, sign } = judgements[judgement];
  const tested = judgement !== 'untested' && judgement !== 'no data';
  const where =
    standIn !== null && tested ? ` <span class="stand-in">on a stand-in, ${escapeHtml(standIn)}</span>` : '';
  const runs = n === 0 ? 'no runs' : n === 1 ? 'one run' : `${n} runs`;
  return `<li class="verdict ${judgement.replace(' ', '-')}" id="verdict-${id}">
<p class="chip"><span aria-hidden="true">${sign}</span> ${word}${where}</p>
<h3>${escapeHtml(claim)}</h3>
<p class="evidence">${tight(evidence)}${evidence === '' ? '' : ' · '}<a href="#${link}">${runs}</a></p>
<details><summary>the rule</summary><p>${escapeHtml(rule)}</p></details>
</li>`;
}

/** `4 hold, 2 partly, ...` */
export function countVerdicts(verdicts: readonly Verdict[]): string {
  return Object.entries(judgements)
    .flatMap(([judgement, { word }]) => {
      const count = verdicts.filter((verdict) => verdict.judgement === judgement).length;
      return count === 0
        ? []
        : [`${count} ${count > 1 ? word.replace('holds', 'hold').replace('does not', 'do not') : word}`];
    })
    .join(', ');
}

/** How much of the paper was run, was run so that it compares, and can be repeated by this program. */
export function coverageMeter(parts: readonly Coverage[]): string {
  const all = totalCoverage(parts);
  return `<table class="coverage" aria-label="Coverage">
<thead><tr><th scope="col">item</th><th scope="col" class="bar-column"><span class="unseen">share</span></th><th scope="col">run</th><th scope="col">comparable</th><th scope="col">verified</th><th scope="col">no data</th></tr></thead>
<tbody>${[all, ...parts].map(coverageRow).join('\n')}</tbody></table>
<p class="key"><b>Run</b>: any run, on a stand-in too; of Tables 1 and 2 any grid search. <b>Comparable</b>: on the paper’s data and long enough to say; of Tables 1 and 2 a complete grid search. <b>Verified</b>: made with this program’s numerics version, so that <code>irnn-run verify</code> can repeat it. <b>No data</b>: on data that is not freely available.</p>`;
}

function coverageRow({ id, title, total, run, comparable, verified, unavailable }: Coverage): string {
  const share = (count: number) => `${((100 * count) / total).toFixed(1)}%`;
  const name = id === 'all' ? `<b>${title}</b>` : `<a href="#${id}">${escapeHtml(title)}</a>`;
  return `<tr><th scope="row">${name}</th><td class="bar-column"><span class="meter" role="img" aria-label="${run} of ${total} run, ${comparable} comparable"><span class="run" style="width:${share(run)}"></span><span class="comparable" style="width:${share(comparable)}"></span></span></td><td>${run} of ${total}</td><td>${comparable}</td><td>${verified}</td><td>${unavailable === 0 ? '' : unavailable}</td></tr>`;
}
