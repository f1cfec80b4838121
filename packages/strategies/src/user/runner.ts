import { openSession, type Limits, type Session } from './session.ts';
import type { StrategyCode } from './folder.ts';

/**
 * Sessions of a strategy's code as they are needed: opened at the first call, also after one was ended by a
 * time limit, and ended when the last of those that hold it lets go. All of them run the code that was read
 * at first.
 */
export interface Runner {
  readonly code: StrategyCode;
  readonly limits: Limits;
  readonly call: Session['call'];
  readonly fit: Session['fit'];
  hold(): void;
  /** Ends the thread when nobody holds it any more. */
  letGo(): void;
}

export function createRunner(code: StrategyCode, limits: Limits, log: (line: string) => void): Runner {
  let open: Session | null = null;
  let holders = 0;
  const session = (): Session => {
    if (open?.alive() === true) return open;
    open = openSession(code, limits, log);
    // So that no other call's time goes by with starting and loading.
    open.call('describe', [], limits.loadMs, 'loading it');
    return open;
  };
  return {
    code,
    limits,
    call: (...args) => session().call(...args),
    fit: (...args) => session().fit(...args),
    hold: () => {
      holders += 1;
    },
    letGo: () => {
      holders -= 1;
      if (holders > 0) return;
      open?.end();
      open = null;
    },
  };
}
