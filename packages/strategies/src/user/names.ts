import { isBuiltIn } from '@ml-training/sdk';

/** File names that Windows keeps for devices, whatever follows. */
const reserved = /^(all|con|prn|aux|nul|com[0-9]|lpt[0-9])$/;

/**
 * Why a folder's name can't be a strategy's, in words; null when it can. The name is the strategy_type in
 * payloads, and a folder of MODEL_DIR.
 */
export function strategyNameProblem(name: string): string | null {
  if (!/^[a-z][a-z0-9_-]{0,31}$/.test(name))
    return (
      `${JSON.stringify(name)} can't be the name of a strategy: take 1 to 32 lower-case letters, ` +
      `digits, _ and -, ` +
      'with a letter first, and rename the folder'
    );
  if (isBuiltIn(name)) return `${name} is a built-in strategy: give the folder another name`;
  if (reserved.test(name))
    return (
      `${name} is a word with another meaning, or no possible folder on Windows: ` +
      'give the folder another name'
    );
  return null;
}
