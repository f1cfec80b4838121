import { spawn, type ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '@ml-training/embedded';

export interface Forward {
  readonly port: number;
  end(): void;
}

/** A port of 127.0.0.1 that leads to a Service, again and again when its pod goes. */
export async function forward(namespace: string, service: string, to: number): Promise<Forward> {
  const port = await freePort();
  let child: ChildProcess | null = null;
  let ended = false;
  const keep = async (): Promise<void> => {
    while (!ended) {
      child = spawn('kubectl', ['-n', namespace, 'port-forward', `service/${service}`, `${port}:${to}`], {
        stdio: 'ignore',
      });
      const { promise, resolve } = Promise.withResolvers<void>();
      child.once('exit', () => resolve());
      await promise;
      await delay(500);
    }
  };
  void keep();
  // kubectl doesn't end with its parent.
  process.once('exit', () => child?.kill());
  return {
    port,
    end: () => {
      ended = true;
      child?.kill();
    },
  };
}
