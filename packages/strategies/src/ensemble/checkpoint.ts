import { StrategyError } from '../errors.ts';
import { fromNdArray, toNdArray } from '../ndarray.ts';
import type { Plain } from '../strategy.ts';
import { invalid, recordOf } from '../plain.ts';
import { binary } from '../target.ts';
import type { Target } from '../target.ts';
import { openMembers } from './members.ts';
import type { JudgedMember } from './fit.ts';
import type { StoredMember } from './members.ts';

/**
 * What a training can be resumed from: the members that are finished. LightGBM can't be stopped within one
 * and go on to the bit (a text doesn't hold the rows' scores nor where the draw of rows stands), so the
 * member under way begins again.
 */
export function finishedToPlain(members: readonly JudgedMember[]): Plain {
  return {
    members: members.map(({ stored }) => stored),
    rounds: members.map(({ rounds }) => rounds),
    penalty_weights: members.map(({ penaltyWeights }) => penaltyWeights ?? null),
    gains: members.map(({ gain }) => numbersToPlain(gain)),
    splits: members.map(({ splits }) => numbersToPlain(splits)),
    out_of_fold: members.map(({ outOfFold }) => toNdArray(outOfFold, [outOfFold.length])),
  };
}

const numbersToPlain = (of: Float64Array | undefined): Plain =>
  of === undefined ? null : toNdArray(of, [of.length]);

/**
 * The members that an earlier attempt had finished.
 * @param names of all members that are fitted, in order.
 * @param sizes of the rows: features, and numbers that a member says out of fold.
 * @throws StrategyError INVALID_MODEL when it is no checkpoint of this very training.
 */
export function readFinished(
  resume: Plain | null,
  names: readonly string[],
  sizes: { readonly cols: number; readonly answered: number; readonly target?: Target },
): readonly JudgedMember[] {
  const { cols, answered, target = binary } = sizes;
  if (resume === null) return [];
  try {
    const { members, rounds, penalty_weights, gains, splits, out_of_fold } = recordOf(resume, 'checkpoint');
    const [stored, kept, weighed, told, counted, said] = [
      listOf(members, 'members'),
      listOf(rounds, 'rounds'),
      listOf(penalty_weights, 'penalty weights'),
      listOf(gains, 'gains'),
      listOf(splits, 'splits'),
      listOf(out_of_fold, 'answers out of fold'),
    ];
    const opened = openMembers(stored, cols, 'checkpoint', target);
    opened.forEach((member) => member.dispose());
    const differs = opened.findIndex(({ name }, i) => name !== names[i]);
    if (differs !== -1)
      throw invalid(
        'checkpoint',
        `has ${opened[differs]!.name} where ${names[differs] ?? 'nothing'} belongs`,
      );
    return stored.map((member, i) => {
      const where = `checkpoint.members[${i}]`;
      const count = kept[i];
      if (typeof count !== 'number' || !Number.isInteger(count) || count < 0)
        throw invalid(where, 'has no number of rounds');
      return {
        // Whether it is one, openMembers has seen.
        stored: member as StoredMember,
        rounds: count,
        ...penaltyWeightsOf(weighed[i], where),
        outOfFold: fromNdArray(said[i], 'float64', `${where}.out_of_fold`, [answered]),
        ...(told[i] === null ? {} : { gain: fromNdArray(told[i], 'float64', `${where}.gain`, [cols]) }),
        ...(counted[i] === null
          ? {}
          : { splits: fromNdArray(counted[i], 'float64', `${where}.splits`, [cols]) }),
      };
    });
  } catch (error) {
    if (error instanceof StrategyError)
      throw new StrategyError('INVALID_MODEL', `the training can't be resumed: ${error.message}`);
    throw error;
  }
}

/** @throws StrategyError INVALID_MODEL */
function penaltyWeightsOf(stored: Plain | undefined, where: string): Pick<JudgedMember, 'penaltyWeights'> {
  if (stored === null) return {};
  const isNumbers = (one: Plain): one is readonly number[] =>
    Array.isArray(one) && one.every((weight) => typeof weight === 'number');
  const listed: readonly Plain[] = Array.isArray(stored) ? stored : [];
  const found = listed.filter((one) => one === null || isNumbers(one));
  if (listed.length === 0 || found.length < listed.length)
    throw invalid(where, 'has no list of what its penalties weigh');
  return { penaltyWeights: found };
}

function listOf(value: Plain | undefined, name: string): readonly Plain[] {
  // Array.isArray can't tell the compiler of readonly arrays.
  if (Array.isArray(value)) return value as readonly Plain[];
  throw invalid('checkpoint', `has no list of ${name}`);
}
