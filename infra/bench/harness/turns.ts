import type { PartContext } from './part.ts';
import type { Row, Target } from './result.ts';
import type { Measured } from './run.ts';
import { spreadOf } from './statistics.ts';

/** Ours and the peer's, one entry a turn. */
export interface Turns<T = Measured> {
  readonly ours: readonly T[];
  readonly peer: readonly T[];
}

/** Has both measured in turn, as `takeTurnsOfAll` does. */
export async function takeTurns<T>(
  context: Pick<PartContext, 'turns' | 'say'>,
  what: string,
  contenders: Readonly<Record<'ours' | 'peer', (turn: number) => Promise<T>>>,
  describe: (measured: T) => string,
  [ours, peer]: readonly [ours: string, peer: string] = ['ours', 'peer'],
): Promise<Turns<T>> {
  const named = [
    [ours, contenders.ours],
    [peer, contenders.peer],
  ] as const;
  const [own, others] = await takeTurnsOfAll(context, what, named, describe);
  return { ours: own!, peer: others! };
}

/**
 * Has all measured in turn, so that whatever else the machine
 * does meets all alike; every second turn goes through them backwards.
 * @param contenders names and measurements; each is given the turn, from 1 on, which serves as the seed as well
 * @returns a list of each one's, one entry a turn
 */
export async function takeTurnsOfAll<T>(
  { turns, say }: Pick<PartContext, 'turns' | 'say'>,
  what: string,
  contenders: readonly (readonly [name: string, measureOf: (turn: number) => Promise<T>])[],
  describe: (measured: T) => string,
): Promise<T[][]> {
  const measured = contenders.map((): T[] => []);
  const order = contenders.map((_, i) => i);
  for (let turn = 1; turn <= turns; turn++) {
    for (const who of turn % 2 === 1 ? order : order.toReversed()) {
      const [name, measureOf] = contenders[who]!;
      const one = await measureOf(turn);
      measured[who]!.push(one);
      say(`${what}, turn ${turn} of ${turns}, ${name}: ${describe(one)}`);
    }
  }
  return measured;
}

export const describeMeasured = ({ seconds, cpuSeconds, wholeSeconds, peakMb }: Measured): string =>
  `${seconds.toFixed(2)} s of training (${cpuSeconds.toFixed(2)} s of processor time), ${wholeSeconds.toFixed(1)} s in all, ${Math.round(peakMb)} MB`;

export const inThreads = (threads: number): string => (threads === 1 ? '1 thread' : `${threads} threads`);

interface Form {
  readonly unit: string;
  readonly digits: number;
  readonly target?: Target;
}

/** A row of both sides' values of a score, of which a ratio says nothing. */
export function compareScores<T>(
  what: string,
  turns: Turns<T>,
  valueOf: (measured: T) => number,
  form: Form,
): Row {
  return { what, ...form, ours: spreadOf(turns.ours.map(valueOf)), peer: spreadOf(turns.peer.map(valueOf)) };
}

/** A row of both sides' values of a cost or a rate, with their ratio. */
export function compare<T>(what: string, turns: Turns<T>, valueOf: (measured: T) => number, form: Form): Row {
  const ratios = turns.ours.map((own, i) => valueOf(own) / valueOf(turns.peer[i]!));
  return { ...compareScores(what, turns, valueOf, form), pairs: spreadOf(ratios) };
}

/** The rows that every comparison of trainings has. */
export function costRows(turns: Turns, target: Target): Row[] {
  return [
    compare('training', turns, ({ seconds }) => seconds, { unit: 's', digits: 2, target }),
    compare('its processor time', turns, ({ cpuSeconds }) => cpuSeconds, { unit: 's', digits: 2 }),
    compare('whole process', turns, ({ wholeSeconds }) => wholeSeconds, { unit: 's', digits: 2 }),
    compare('peak memory', turns, ({ peakMb }) => peakMb, { unit: 'MB', digits: 0 }),
  ];
}
