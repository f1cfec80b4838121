import './models.css';
import type { Model as ModelFacts } from '../../../schemas/models.ts';
import { useResource } from '../../resource.ts';
import { Link } from '../../ui/link.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Age, Clock } from '../../ui/time.tsx';
import { Actions } from './actions.tsx';
import { Backtest } from './backtest.tsx';
import { Compare } from './compare.tsx';
import { DecisionFigures } from './decision-figures.tsx';
import { Facts, Lineage } from './facts.tsx';
import { Features } from './features.tsx';
import { LiveScores } from './live-scores.tsx';
import { pairHref } from './models.tsx';
import { ScoresTable } from './scores-table.tsx';
import { VersionChart } from './version-chart.tsx';

/** One model: why it is in use or not, what it scores, what came of it, where it comes from. */
export function Model({ id }: { readonly id: string }) {
  const model = useResource(
    'GET /api/models/:id',
    { params: { id } },
    { topics: ['models'], everyMs: 60_000 },
  );
  const { data } = model;
  return (
    <>
      <h1>
        <Link href="/models">Models</Link>
        {data?.model_id === id && (
          <>
            {' '}
            /{' '}
            <Link
              href={pairHref(data.strategy_type, data.symbol)}
            >{`${data.strategy_type} ${data.symbol}`}</Link>{' '}
          </>
        )}
        / <code>{id.slice(0, 8)}</code>
      </h1>
      <Panel title="Decision" resource={model}>
        {(facts) => (facts.model_id === id ? <Decision model={facts} /> : <p class="waiting">Loading …</p>)}
      </Panel>
      {data?.model_id === id && <Rest key={id} model={data} resource={model} />}
    </>
  );
}

type Resource = ReturnType<typeof useResource<'GET /api/models/:id'>>;

function Rest({ model, resource }: { readonly model: ModelFacts; readonly resource: Resource }) {
  const versions = useResource(
    'GET /api/models/pairs/:strategy',
    { params: { strategy: model.strategy_type }, query: { symbol: model.symbol } },
    { topics: ['models'] },
  );
  const live = useResource(
    'GET /api/models/:id/live',
    { params: { id: model.model_id } },
    { topics: ['models'], everyMs: 60_000 },
  );
  return (
    <>
      <div class="model-columns model-scores">
        <Panel title="Scores" resource={resource}>
          {(facts) => <ScoresTable model={facts} />}
        </Panel>
        <Panel title="Score over versions" resource={versions}>
          {({ versions: found }) => <VersionChart versions={found} here={model.model_id} />}
        </Panel>
      </div>
      <Panel title="On the bars since its training" resource={live}>
        {(found) => <LiveScores live={found} inUse={model.is_active} />}
      </Panel>
      <Backtest model={model} />
      <Panel title="What the model looks at" resource={resource}>
        {({ features }) => <Features features={features} />}
      </Panel>
      <div class="model-columns">
        <Panel title="File and data" resource={resource}>
          {(facts) => <Facts model={facts} />}
        </Panel>
        <Panel title="Lineage" resource={resource}>
          {(facts) => <Lineage model={facts} />}
        </Panel>
      </div>
      <Compare model={model} versions={versions.data?.versions ?? []} />
    </>
  );
}

function Decision({ model }: { readonly model: ModelFacts }) {
  const { decision, is_active, activated_at, withdrawn_at, created_at } = model;
  return (
    <>
      <p class="model-standing">
        {is_active ? (
          <>
            <strong data-status="completed">
              <span aria-hidden="true">●</span> in use
            </strong>{' '}
            since <Clock at={activated_at ?? created_at} />
          </>
        ) : (
          <>
            <strong>
              <span aria-hidden="true">○</span> not in use
            </strong>
            {withdrawn_at !== null ? (
              <>
                , rolled back from <Age at={withdrawn_at} />
              </>
            ) : (
              activated_at !== null && (
                <>
                  , came into use <Age at={activated_at} /> and gave way
                </>
              )
            )}
          </>
        )}
        {' · '}trained <Age at={created_at} />
      </p>
      {/* What people did by hand comes after what was judged. */}
      <p class="model-decision">{decision}</p>
      <DecisionFigures facts={model.decision_facts} />
      <p class="model-note">
        Files to keep: <a href={`/api/models/${model.model_id}/report`}>report</a> (HTML),{' '}
        <a href={`/api/models/${model.model_id}/holdout.csv`}>holdout rows</a> (CSV).
      </p>
      <Actions model={model} />
    </>
  );
}
