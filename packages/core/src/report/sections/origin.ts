import { intervalInWords } from '@ml-training/sdk';
import { html } from '../markup.ts';
import { numberOf, pairs, type Section } from './parts.ts';

/** What it takes to make it again, and where it comes from. */
export const origin: Section = ({ model, training, lineage }) => {
  const { params, file_path, sha256, data_sha256, bar_seconds, code_sha256, job_id } = model;
  const warnings = training?.warnings ?? [];
  const findings = training?.data_check?.findings ?? [];
  const ancestors = lineage?.ancestors ?? [];
  return html`<section>
    <h2>Settings and origin</h2>
    ${
      warnings.length === 0
        ? null
        : html`<p>Warnings of its training:</p>
            <ul>
              ${warnings.map((line) => html`<li>${line}</li>`)}
            </ul>`
    }
    ${
      findings.length === 0
        ? null
        : html`<p>What the data check found in its bars:</p>
            <ul>
              ${findings.map(({ words }) => html`<li>${words}</li>`)}
            </ul>`
    }
    ${pairs([
      ['file', html`<code>${file_path}</code>`],
      ['sha256 of it', html`<code>${sha256}</code>`],
      ['a bar every', bar_seconds === null ? 'not known' : intervalInWords(1000 * bar_seconds)],
      ['sha256 of its bars', html`<code>${data_sha256}</code>`],
      [
        'sha256 of its own code',
        code_sha256 === null ? 'a built-in strategy' : html`<code>${code_sha256}</code>`,
      ],
      [
        'job',
        job_id === null
          ? 'not known'
          : html`<code>${job_id}</code>${training === null ? ' (its row is gone)' : null}`,
      ],
      ['seed', numberOf(training?.seed)],
      ['threads', numberOf(training?.threads)],
      ['warm start', training?.lineage?.reason ?? null],
      [
        'trained on from',
        ancestors.length === 0
          ? 'scratch'
          : html`<code>${ancestors.map(({ model_id }) => model_id.slice(0, 8)).join(' ← ')}</code>`,
      ],
    ])}
    <h3>Settings</h3>
    ${pairs(
      Object.entries(params)
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
    )}
  </section>`;
};
