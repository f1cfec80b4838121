// What the data check found in bars that came in, as every command that brings some shows it.
import type { DataCheck, Finding } from '@ml-training/core';

export const findingLines = (findings: readonly Finding[]): string[] =>
  findings.map(({ words }) => `  look at the bars: ${words}`);

/**
 * One check of a symbol's bars that came in one after another. Each looked at some of the earlier bars again: what
 * was found of a kind at the same time is one finding.
 * @returns null where nothing came in
 */
export function checkOfAll(checks: readonly DataCheck[]): DataCheck | null {
  const last = checks.at(-1);
  if (last === undefined) return null;
  const findings = new Map<string, Finding>();
  for (const one of checks.flatMap((check) => check.findings)) findings.set(`${one.kind} ${one.time}`, one);
  return { ...last, findings: [...findings.values()] };
}
