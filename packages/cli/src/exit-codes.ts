/** How the ml command ends; docs/reference/cli.md says the same. */
export const exitCodes = {
  /** It was done. */
  ok: 0,
  /**
   * It was not done, what was asked for can't be, or what it looked at
   * is not as it should be: a job that failed, a finding of the doctor.
   */
  failed: 1,
  /** A setting is wrong; nothing was tried. */
  wrongSettings: 2,
} as const;
