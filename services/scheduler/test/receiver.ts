import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { webhookHeaders } from '@ml-training/core';

export const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

interface Received {
  readonly id: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly path: string;
  /** Whether it is signed for what it holds and when it came. */
  readonly genuine: boolean;
}

type Answer = (
  response: ServerResponse,
  request: IncomingMessage,
  received: Received,
) => void | Promise<void>;

const taken: Answer = (response) => void response.writeHead(204).end();

/** A real receiver of webhooks, which answers as it is told to. */
export async function startReceiver() {
  const received: Received[] = [];
  const state = { answer: taken };
  const server = createServer((request, response) => {
    void request.toArray().then((parts: Buffer[]) => {
      const body = Buffer.concat(parts).toString();
      const { headers, url: path = '' } = request;
      const id = String(headers['webhook-id']);
      const at = Number(headers['webhook-timestamp']);
      const signature = webhookHeaders(secret, id, new Date(at * 1000), body)['webhook-signature'];
      const genuine = Math.abs(Date.now() / 1000 - at) < 300 && headers['webhook-signature'] === signature;
      const one = { id, headers, body, path, genuine };
      received.push(one);
      return state.answer(response, request, one);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A listening TCP server's address is never a string.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    /** In the order it came. */
    received,
    answer: (answer: Answer): void => {
      state.answer = answer;
    },
    reset: (): void => {
      received.length = 0;
      state.answer = taken;
    },
    stop: (): void => {
      server.close();
      server.closeAllConnections();
    },
  };
}
