// Servers and the fleet's own services.
import { lengthOf } from '../../../length.ts';
import { copy, item, type Rule } from './rule.ts';

/** A role that is being restarted is no news yet. */
const missingAfter = 30;

const noneBefore = 'nothing is trained meanwhile';
const withoutRole: Readonly<Record<string, string>> = {
  trainer: noneBefore,
  scheduler: 'no run starts, and nothing that got lost is put right',
  heartbeat: 'service:ml_training:heartbeat says nothing, so nobody hears of trouble',
  metrics: 'Prometheus and the roll-up see nothing',
};

export const serversAway: Rule = ({ troubles }) =>
  troubles.map((trouble) =>
    item('server-away', 'broken', trouble.split(':', 1)[0]!, trouble, null, copy('docker compose ps')),
  );

export const rolesMissing: Rule = ({ roles, trainersMayBeAway, now }) =>
  (roles ?? [])
    .filter(
      ({ role, instances, last_beat_seconds: age }) =>
        role in withoutRole &&
        instances === 0 &&
        (age === null || age >= missingAfter) &&
        !(role === 'trainer' && trainersMayBeAway),
    )
    .map(({ role, last_beat_seconds: age }) =>
      item(
        'role-missing',
        role === 'trainer' || role === 'scheduler' ? 'broken' : 'warning',
        `no ${role} is running`,
        `${age === null ? 'none was ever seen here' : `the last one was seen ${lengthOf(age)} ago`}; ` +
          withoutRole[role]!,
        age === null ? null : new Date(now.getTime() - 1000 * age),
        copy(`docker compose --profile ml-training up -d ${role}`),
      ),
    );
