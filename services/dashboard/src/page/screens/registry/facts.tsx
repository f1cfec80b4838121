import { ALL_SYMBOLS } from '@ml-training/sdk';
import type { Model } from '../../../schemas/models.ts';
import { Link } from '../../ui/link.tsx';
import { Age } from '../../ui/time.tsx';
import { plural, sizeOf, stepOf, utcOf } from '../../words.ts';
import { shownValue } from './compared.ts';

/** File, sum, data and settings of a model. */
export function Facts({ model }: { readonly model: Model }) {
  const { file_path, size_bytes, shared_by, sha256, data_from, data_to, data_sha256, params, job } = model;
  const { holdout_from, holdout_to, judged_data_to, refit_rows, bar_seconds } = model;
  return (
    <>
      <dl class="facts-list">
        <dt>model</dt>
        <dd>
          <Copied text={model.model_id} />
        </dd>
        <dt>file</dt>
        <dd>
          <Copied text={file_path} />
        </dd>
        <dt>size</dt>
        <dd title={`${size_bytes} bytes`}>
          {sizeOf(size_bytes)}
          {shared_by > 1 && `, one file for ${shared_by} models`}
        </dd>
        <dt>sha256</dt>
        <dd>
          <Copied text={sha256} />
        </dd>
        {holdout_from !== null && holdout_to !== null && (
          <>
            <dt>judged on bars</dt>
            <dd>
              {utcOf(holdout_from)} to {utcOf(holdout_to)}
              {judged_data_to !== null && `, when it was fitted on those to ${utcOf(judged_data_to)}`}
            </dd>
          </>
        )}
        <dt>{judged_data_to === null ? 'fitted on bars' : 'refitted on bars'}</dt>
        <dd>
          {utcOf(data_from)} to {utcOf(data_to)}
          {refit_rows !== null && `, ${plural(refit_rows, 'row')}`}
          {bar_seconds !== null && `, one every ${stepOf(bar_seconds)}`}
        </dd>
        <dt>sha256 of its bars</dt>
        <dd>
          <Copied text={data_sha256} />
        </dd>
        <dt>job</dt>
        <dd>
          {job === null ? (
            <span class="none">its row is gone (JOB_RETENTION_DAYS)</span>
          ) : (
            <>
              <Link href={`/jobs/${job.job_id}`}>
                <code>{job.job_id.slice(0, 8)}</code>
              </Link>
              {job.symbol === ALL_SYMBOLS ? ', over all symbols' : ''}, {job.status}{' '}
              {job.completed_at !== null && <Age at={job.completed_at} />}
            </>
          )}
        </dd>
      </dl>
      <details class="params">
        <summary>{plural(Object.keys(params).length, 'parameter')}</summary>
        <dl class="facts-list">
          {Object.entries(params)
            .sort(([one], [other]) => (one < other ? -1 : 1))
            .map(([name, value]) => [
              <dt key={name}>
                <code>{name}</code>
              </dt>,
              <dd key={`${name} value`}>{shownValue(value)}</dd>,
            ])}
        </dl>
      </details>
    </>
  );
}

function Copied({ text }: { readonly text: string }) {
  return (
    <span class="copied">
      <code>{text}</code>
      <button
        type="button"
        class="quiet"
        aria-label={`Copy ${text}`}
        onClick={() => void navigator.clipboard.writeText(text)}
      >
        Copy
      </button>
    </span>
  );
}

type Relative = Model['lineage']['children'][number];

/**
 * Which models a training was warm-started from, back to the one from scratch, and which were warm-started
 * from this one.
 */
export function Lineage({ model }: { readonly model: Model }) {
  const { ancestors, children, continues_at, more_children } = model.lineage;
  const line = ancestors.toReversed();
  const here = (
    <li>
      <strong>
        <code>{model.model_id.slice(0, 8)}</code> this model
      </strong>
      {children.length > 0 && (
        <ul>
          {children.map((child) => (
            <li key={child.model_id}>
              <One of={child} />
            </li>
          ))}
          {more_children && <li class="none">and more</li>}
        </ul>
      )}
    </li>
  );
  const tree = line.reduceRight(
    (below, relative) => (
      <li>
        <One of={relative} />
        <ul>{below}</ul>
      </li>
    ),
    here,
  );
  return (
    <>
      <ul class="lineage">
        {continues_at === null ? (
          tree
        ) : (
          <li>
            <code>{continues_at.slice(0, 8)}</code> <span class="none">not registered any more</span>
            <ul>{tree}</ul>
          </li>
        )}
      </ul>
      <p class="model-note">
        {line.length === 0 && continues_at === null
          ? 'Trained from scratch, from no other model.'
          : 'Each training was warm-started from the model above it.'}
        {children.length === 0 ? ' No training was warm-started from it.' : ''}
      </p>
    </>
  );
}

function One({ of }: { readonly of: Relative }) {
  return (
    <>
      <Link href={`/models/${of.model_id}`}>
        <code>{of.model_id.slice(0, 8)}</code>
      </Link>{' '}
      <span class="model-status">
        {of.is_active ? 'in use' : of.activated_at === null ? 'not used' : 'was in use'},{' '}
        <Age at={of.created_at} />
      </span>
    </>
  );
}
