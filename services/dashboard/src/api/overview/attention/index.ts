import type { AttentionItem } from '../../../schemas/attention.ts';
import { barsOld, symbolsLeftOut } from './data.ts';
import {
  modelsBelow,
  modelsBelowLive,
  modelsMissing,
  modelsNotScored,
  modelsStale,
  promotionsRefused,
} from './models.ts';
import type { FleetFacts, Rule } from './rule.ts';
import { deadEntries, jobsFailed, jobsPostponed, queueStuck, runOverdue, runSlow } from './runs.ts';
import { rolesMissing, serversAway } from './services.ts';

export { staleAfterPeriods, type FleetFacts } from './rule.ts';

/** Within a severity items come in this order. */
const rules: readonly Rule[] = [
  serversAway,
  rolesMissing,
  runOverdue,
  queueStuck,
  jobsPostponed,
  jobsFailed,
  modelsMissing,
  modelsStale,
  modelsBelow,
  modelsBelowLive,
  runSlow,
  modelsNotScored,
  promotionsRefused,
  symbolsLeftOut,
  deadEntries,
  barsOld,
];

const ranks = { broken: 0, warning: 1, note: 2 };

/** What somebody should look at, the worst first, each with its reason and what to do about it. */
export function needsAttention(facts: FleetFacts): AttentionItem[] {
  const items = rules.flatMap((rule) => rule(facts));
  // Stable.
  return items.sort((a, b) => ranks[a.severity] - ranks[b.severity]);
}
