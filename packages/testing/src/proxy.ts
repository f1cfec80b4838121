import { createServer, connect, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { freePort } from '@ml-training/embedded';

/** A TCP relay on 127.0.0.1 whose network can be broken. */
export interface Proxy {
  readonly port: number;
  /** The same server URL, but by way of this proxy. */
  via(url: string): string;
  /** How many client connections are open. */
  connections(): number;
  /**
   * How many bytes were swallowed so far: a test's way to know that its request, or the reply to it, is lost.
   */
  lostBytes(): number;
  /** New connections lead to another port; those that are open stay where they are. */
  leadTo(port: number): void;
  /** Resets every connection; new ones are refused. */
  cut(): Promise<void>;
  /** Keeps every connection open, and accepts new ones, but no byte arrives any more on either side. */
  hang(): void;
  /** Requests still arrive; replies are lost. */
  dropReplies(): void;
  /** Back to relaying. Connections that have lost bytes meanwhile are reset, the others go on. */
  restore(): Promise<void>;
  stop(): Promise<void>;
}

interface Link {
  readonly client: Socket;
  readonly server: Socket;
  /** Something was swallowed: bytes, or that one side has closed. */
  broken: boolean;
}

/** Relays to a port of 127.0.0.1. */
export async function startProxy(targetPort: number): Promise<Proxy> {
  let passing = { requests: true, replies: true };
  const links = new Set<Link>();
  let lostBytes = 0;
  let target = targetPort;

  const open = (client: Socket): void => {
    const link: Link = { client, server: connect(target, '127.0.0.1'), broken: false };
    links.add(link);
    relay(client, link.server, link, () => passing.requests);
    relay(link.server, client, link, () => passing.replies);
  };

  const relay = (from: Socket, to: Socket, link: Link, passes: () => boolean): void => {
    from.setNoDelay(true);
    from.on('data', (chunk) => {
      if (passes()) to.write(chunk);
      else {
        lostBytes += chunk.length;
        link.broken = true;
      }
    });
    from.on('error', () => undefined); // 'close' follows.
    from.on('end', () => {
      if (passes()) to.end();
      else link.broken = true;
    });
    from.on('close', (failed) => {
      // While nothing passes, the other side doesn't learn that this one is gone.
      if (!passes()) link.broken = true;
      else if (failed) to.resetAndDestroy();
      else to.destroySoon();
      if (link.client.destroyed && link.server.destroyed) links.delete(link);
    });
  };

  const reset = (link: Link): void => {
    link.client.resetAndDestroy();
    link.server.resetAndDestroy();
  };

  const listener = createServer({ allowHalfOpen: true }, open);
  const port = await freePort();
  await listen(listener, port);

  return {
    port,
    via: (url) => {
      const rerouted = new URL(url);
      rerouted.host = `127.0.0.1:${port}`;
      return rerouted.href;
    },
    connections: () => links.size,
    lostBytes: () => lostBytes,
    leadTo: (port) => (target = port),
    cut: async () => {
      passing = { requests: true, replies: true };
      links.forEach(reset);
      await close(listener);
    },
    hang: () => (passing = { requests: false, replies: false }),
    dropReplies: () => (passing = { requests: true, replies: false }),
    restore: async () => {
      passing = { requests: true, replies: true };
      for (const link of links) if (link.broken) reset(link);
      if (!listener.listening) await listen(listener, port);
    },
    stop: async () => {
      links.forEach(reset);
      await close(listener);
    },
  };
}

async function listen(server: Server, port: number): Promise<void> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
}

async function close(server: Server): Promise<void> {
  if (!server.listening) return;
  server.close();
  await once(server, 'close');
}
