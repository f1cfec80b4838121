import type { Model, Version } from '../../../schemas/models.ts';
import { useResource } from '../../resource.ts';
import { search, setQuery } from '../../router.ts';
import { scoreText } from '@ml-training/sdk';
import { Panel } from '../../ui/panel.tsx';
import { clockOf } from '../../words.ts';
import { comparedModels } from './compared.ts';

/** This model beside another one of its pair: what differs, or everything. */
export function Compare({
  model,
  versions,
}: {
  readonly model: Model;
  readonly versions: readonly Version[];
}) {
  const others = versions.filter(({ model_id }) => model_id !== model.model_id).reverse();
  const named = search.value.get('with') ?? '';
  const asked = /^[0-9a-f-]{36}$/i.test(named) ? named : null;
  const other =
    asked ?? (model.champion?.model_id === model.model_id ? null : (model.champion?.model_id ?? null));
  return (
    <section class="panel" aria-label="Compare">
      <header>
        <h2>Compare</h2>
        <label class="model-field">
          with{' '}
          <select
            value={other ?? ''}
            onChange={(event) => setQuery({ with: event.currentTarget.value || null })}
          >
            <option value="">no other</option>
            {asked !== null && !others.some(({ model_id }) => model_id === asked) && (
              <option value={asked}>{asked.slice(0, 8)}</option>
            )}
            {others.map((version) => (
              <option key={version.model_id} value={version.model_id}>
                {version.model_id.slice(0, 8)}, {clockOf(version.created_at)},{' '}
                {scoreText(version.score, version.rows)}
                {version.is_active ? ', in use' : ''}
              </option>
            ))}
          </select>
        </label>
      </header>
      {other === null ? (
        <p class="none">
          {others.length === 0
            ? `There is no other model of ${model.strategy_type} ${model.symbol} yet.`
            : 'Choose a model to see what differs.'}
        </p>
      ) : (
        <Beside key={other} model={model} id={other} />
      )}
    </section>
  );
}

function Beside({ model, id }: { readonly model: Model; readonly id: string }) {
  const other = useResource('GET /api/models/:id', { params: { id } }, { topics: ['models'] });
  const all = search.value.get('all') === '1';
  return (
    <Panel
      title={`${model.model_id.slice(0, 8)} and ${id.slice(0, 8)}`}
      level={3}
      resource={other}
      aside={
        <label class="model-field">
          <input
            type="checkbox"
            checked={all}
            onChange={(event) => setQuery({ all: event.currentTarget.checked ? '1' : null })}
          />{' '}
          also what is the same
        </label>
      }
    >
      {(found) => {
        const rows = comparedModels(model, found).filter((row) => all || row.one !== row.other);
        return (
          <div class="scroll model-tall" tabIndex={0} role="region" aria-label="Differences">
            <table class="compared">
              <thead>
                <tr>
                  <th scope="col">what</th>
                  <th scope="col">this model</th>
                  <th scope="col">
                    <code>{id.slice(0, 8)}</code>
                  </th>
                </tr>
              </thead>
              <tbody>
                {rows.map(({ group, name, one, other: second }) => (
                  <tr key={`${group} ${name}`}>
                    <th scope="row">{name}</th>
                    <td>{one}</td>
                    <td>{second}</td>
                  </tr>
                ))}
              </tbody>
            </table>
            {rows.length === 0 && <p class="none">Nothing differs.</p>}
          </div>
        );
      }}
    </Panel>
  );
}
