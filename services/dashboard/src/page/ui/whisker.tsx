import type { Score } from '../../schemas/models.ts';
import { betterBy, kinds } from '@ml-training/sdk';

const width = 112;
const half = width / 2;

/**
 * A score less the best naive rule, with its interval; the line in the middle is the rule. The numbers stand
 * beside it.
 */
export function Whisker({ of }: { readonly of: Score }) {
  const { name, value, low, high, baseline } = of;
  const at = (one: number | null): number | null => {
    const difference = betterBy(name, one, baseline);
    if (difference === null) return null;
    return Math.min(width - 2, Math.max(2, half + (half * difference) / kinds[name].span));
  };
  const [from, to, middle] = [at(low), at(high), at(value)];
  return (
    <svg class="whisker" width={width} height="14" viewBox={`0 0 ${width} 14`} aria-hidden="true">
      <line class="rule" x1={half} x2={half} y1="0" y2="14" />
      {from !== null && to !== null && (
        <path d={`M${from} 3V11M${to} 3V11M${from} 7H${to}`} fill="none" stroke="currentColor" />
      )}
      {middle !== null && <circle cx={middle} cy="7" r="3" fill="currentColor" />}
    </svg>
  );
}
