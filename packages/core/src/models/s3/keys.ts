/** Below the prefix of MODEL_STORE, of a path as the registry has it. */
export const keyOf = (filePath: string): string => filePath.replace(/^models\//, '');
