/** What `ml strategies new` writes: trained as it is, and each part said. */
export const starter = `// A strategy of your own; docs/strategies.md says all that can stand here. Its folder's name is its strategy_type.
// "ml strategies check NAME SYMBOL" shows what it makes of a symbol's bars and tries it, in seconds, after each change.
// Nothing needs to be installed: these types are for your editor, and may be left out.
import type { UserStrategy } from '@ml-training/sdk';

export default {
  // Who learns: 'ensemble' (LightGBM and logistic regression), 'lightgbm', 'logistic', 'lstm', 'rl', or
  // { fit, load } of your own.
  learner: 'ensemble',
  // 'symbol': one model a symbol; 'all': one model over all symbols.
  scope: 'symbol',
  // Bars that a row of features may look at, its own included: change it with your longest look back.
  window: 21,
  // Columns of one value a bar, oldest first. A row may use bars up to its own, never a later one; that is checked.
  features: ({ bars, ta }) => ({
    return_1: ta.logReturn(bars.close, 1),
    return_5: ta.logReturn(bars.close, 5),
    return_20: ta.logReturn(bars.close, 20),
  }),
} satisfies UserStrategy;
`;
