import { expect, test } from '@jest/globals';
import { connectionsWanted } from '../../../packages/cli/src/commands/connections-finding.ts';
import { readMeasured } from '../facts.ts';
import { connectionsOf } from '../limits.ts';

test.each([1, 2, 100])(
  'ml doctor asks for as many connections as %i trainers were seen to need',
  async (trainers) => {
    expect(connectionsWanted(trainers)).toBeGreaterThanOrEqual(connectionsOf(await readMeasured(), trainers));
  },
);
