import type { Model } from '../../../schemas/models.ts';
import { call } from '../../api.ts';
import { useResource } from '../../resource.ts';
import { Action } from '../../ui/action.tsx';
import { utcOf } from '../../words.ts';

/** Promote, roll back and ask, each with the reason where it isn't possible. */
export function Actions({ model }: { readonly model: Model }) {
  const { model_id, strategy_type, symbol, is_active, champion, rollback_to } = model;
  const pair = `${strategy_type} ${symbol}`;
  const short = (of: { model_id: string } | null): string => of?.model_id.slice(0, 8) ?? '';
  // Asked for again seldom: whether this page may change something doesn't change by itself.
  const health = useResource('GET /api/health', {}, { everyMs: 60_000 });
  const readOnly =
    health.data?.access === 'read-only' ? 'read-only: set API_TOKEN to change something from here' : null;
  return (
    <p class="model-actions">
      <Action
        confirm={
          champion === null
            ? `Put ${short(model)} in use for ${pair}? Bots are told at once.`
            : `Put ${short(model)} in use for ${pair}, in place of ${short(champion)}? Bots are told at once.`
        }
        impossible={readOnly ?? (is_active ? 'it is in use already' : null)}
        run={async () => (await call('POST /api/models/:id/promote', { params: { id: model_id } })).message}
      >
        Promote
      </Action>
      <Action
        confirm={`Roll ${pair} back from ${short(champion)} to ${short(rollback_to)}? Bots are told at once.`}
        impossible={
          readOnly ??
          (champion === null
            ? `nothing of ${pair} is in use`
            : rollback_to === null
              ? `no other model of ${pair} was in use before and not rolled back from`
              : null)
        }
        run={async () =>
          (
            await call('POST /api/models/:strategy/:symbol/rollback', {
              params: { strategy: strategy_type, symbol },
            })
          ).message
        }
      >
        Roll back
      </Action>
      {is_active && (
        <Action
          run={async () => {
            const answer = await call('GET /api/predict/:strategy/:symbol', {
              params: { strategy: strategy_type, symbol },
            });
            return `${answer.action}: ${answer.says}, said at the close of the bar of ${utcOf(answer.time)}`;
          }}
        >
          Ask it about the newest bar
        </Action>
      )}
    </p>
  );
}
