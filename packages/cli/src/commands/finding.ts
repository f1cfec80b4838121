/** What the doctor says of one thing. */
export interface Finding {
  readonly check: string;
  readonly ok: boolean;
  readonly detail: string;
  /** What to do about it; empty when it is all right. */
  readonly advice: string;
  /** Of a runtime's library; too long for people. */
  readonly path?: string;
}

export const fine = (check: string, detail: string): Finding => ({ check, ok: true, detail, advice: '' });
export const wrong = (check: string, detail: string, advice: string): Finding => ({
  check,
  ok: false,
  detail,
  advice,
});
