import { useRef } from 'preact/hooks';
import type { AttentionItem, NextAction } from '../../../schemas/attention.ts';
import { call } from '../../api.ts';
import { useKeys, useRowKeys } from '../../keys.ts';
import { isTurn } from '../../live.ts';
import { useResource } from '../../resource.ts';
import { queryWord, setQuery } from '../../router.ts';
import { Action } from '../../ui/action.tsx';
import { Link } from '../../ui/link.tsx';
import { Command, Panel } from '../../ui/panel.tsx';
import { Age } from '../../ui/time.tsx';
import { plural } from '../../words.ts';

/** Of one kind; the others behind a button. */
const maxShown = 3;

/** What somebody should look at: why, and what to do next. */
export function Attention() {
  const resource = useResource(
    'GET /api/attention',
    {},
    { topics: ['jobs', 'models', 'runs', 'queue'], worth: isTurn, everyMs: 30_000, minMs: 2000 },
  );
  return (
    <div class="needs">
      <Panel
        title={resource.data === null ? 'Needs you' : `Needs you (${resource.data.total})`}
        resource={resource}
      >
        {({ items }) => <Items items={items} />}
      </Panel>
    </div>
  );
}

function Items({ items }: { readonly items: readonly AttentionItem[] }) {
  const list = useRef<HTMLUListElement>(null);
  useRowKeys(list, 'things that need you');
  useKeys([
    {
      key: 'r',
      does: 'try the failed job of this row again, after a question',
      run: () => document.activeElement?.querySelector<HTMLElement>('.retry button')?.click(),
    },
  ]);
  const opened = queryWord('needs');
  if (items.length === 0)
    return <p class="empty">Nothing. Every pair that can be trained has a model, and nothing is late.</p>;
  const kinds = [...Map.groupBy(items, ({ kind }) => kind)];
  return (
    <ul class="needs-list" ref={list}>
      {kinds.flatMap(([kind, own]) => {
        const shown = opened === kind ? own : own.slice(0, maxShown);
        return [
          ...shown.map((item) => <Item key={`${kind} ${item.title}`} item={item} />),
          own.length > maxShown && (
            <li key={`${kind} more`}>
              <button
                type="button"
                class="quiet"
                onClick={() => setQuery({ needs: opened === kind ? null : kind })}
              >
                {opened === kind ? 'Show fewer' : `Show ${own.length - maxShown} more like these`}
              </button>
            </li>
          ),
        ];
      })}
    </ul>
  );
}

const signs = { broken: '✕', warning: '▲', note: '◷' };

function Item({ item }: { readonly item: AttentionItem }) {
  const { severity, title, reason, since, actions } = item;
  return (
    <li class="need" data-severity={severity} data-row="" tabIndex={-1}>
      <p class="title">
        <span class="sign" aria-hidden="true">
          {signs[severity]}
        </span>
        <strong>{title}</strong> {since !== null && <Age at={since} />}
      </p>
      <p class="reason">{reason}</p>
      <div class="next">
        {actions.map((action) => (
          <Next key={JSON.stringify(action)} action={action} title={title} />
        ))}
      </div>
    </li>
  );
}

function Next({ action, title }: { readonly action: NextAction; readonly title: string }) {
  switch (action.do) {
    case 'open':
      return <Link href={action.href}>{action.name}</Link>;
    case 'copy':
      return <Command text={action.command} />;
    case 'retry':
      return (
        <span class="retry">
          <Action
            confirm={`Try it again? ${title}.`}
            run={async () => {
              await call('POST /api/jobs/:id/retry', { params: { id: action.job_id } });
              return 'It is in the queue again';
            }}
          >
            Retry
          </Action>
        </span>
      );
    case 'run':
      return (
        <Action
          run={async () => {
            const { jobs } = await call('POST /api/runs');
            return `${plural(jobs.length, 'job')} queued`;
          }}
        >
          Run now
        </Action>
      );
    case 'train': {
      const { strategy_type, symbol } = action;
      return (
        <Action
          run={async () => {
            await call('POST /api/train', {
              body: { strategy_type, ...(symbol === null ? {} : { symbol }) },
            });
            return `${strategy_type} ${symbol ?? ''} is in the queue`;
          }}
        >
          Train it
        </Action>
      );
    }
    case 'roll-back': {
      const { strategy_type, symbol } = action;
      return (
        <Action
          confirm={
            `Roll ${strategy_type} ${symbol} back to the model that was in use before? Bots hear of it ` +
            'at once.'
          }
          run={async () => {
            await call('POST /api/models/:strategy/:symbol/rollback', {
              params: { strategy: strategy_type, symbol },
            });
            return `${strategy_type} ${symbol} is rolled back`;
          }}
        >
          Roll back
        </Action>
      );
    }
  }
}
