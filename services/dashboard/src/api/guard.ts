import { timingSafeEqual, createHash } from 'node:crypto';
import { BlockList, isIP } from 'node:net';
import type { Config } from '@ml-training/core';
import type { FastifyRequest } from 'fastify';
import { Problem } from './problem.ts';
import type { Api } from './route.ts';

/**
 * Who may change something: whoever knows API_TOKEN; where none is set, whoever asks from this machine. A
 * page of another site may not, whatever it sends: its Origin isn't ours, or, where it made its own name
 * point here (DNS rebinding), its Host is no name of this machine.
 */
export function guard(app: Api, { config }: { readonly config: Pick<Config, 'API_TOKEN'> }): void {
  app.addHook('onRequest', async (request) => {
    const { origin, host } = request.headers;
    if (origin !== undefined && !isOwn(origin, host))
      throw new Problem(
        403,
        'FOREIGN_ORIGIN',
        `a page of ${origin} may not ask this API; use it from ${host ?? 'here'}`,
      );
    if (isSafe(request)) return;
    const access = accessOf(request, config.API_TOKEN);
    if (access === 'token')
      throw new Problem(
        401,
        'TOKEN_REQUIRED',
        'this changes something: send "Authorization: Bearer TOKEN" with the API_TOKEN of the ' +
          "fleet's settings",
      );
    if (access === 'read-only')
      throw new Problem(
        403,
        'READ_ONLY',
        "without API_TOKEN nothing is changed from another machine or through a container's port: " +
          'set API_TOKEN (.env), ' +
          'restart the dashboard, and send it as bearer token',
      );
  });
}

/** full; token: with API_TOKEN; read-only: from nowhere but this machine itself. */
export function accessOf(request: FastifyRequest, token: string): 'full' | 'token' | 'read-only' {
  if (token !== '') return hasToken(request, token) ? 'full' : 'token';
  return isLoopback(request.ip) && namesThisMachine(request.headers.host) ? 'full' : 'read-only';
}

const isSafe = ({ method }: FastifyRequest): boolean => ['GET', 'HEAD', 'OPTIONS'].includes(method);

const isOwn = (origin: string, host: string | undefined): boolean => {
  try {
    return new URL(origin).host === host;
  } catch {
    // `null`: a sandboxed frame, or a file.
    return false;
  }
};

/** Digests of one length: the time that comparing takes tells nothing of the token. */
function hasToken({ headers }: FastifyRequest, token: string): boolean {
  const [scheme, given = ''] = (headers.authorization ?? '').split(/ +/, 2);
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return scheme?.toLowerCase() === 'bearer' && timingSafeEqual(digest(given), digest(token));
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

function isLoopback(address: string): boolean {
  const plain = address.replace(/^::ffff:/i, '');
  const version = isIP(plain);
  return version !== 0 && loopback.check(plain, version === 4 ? 'ipv4' : 'ipv6');
}

function namesThisMachine(host: string | undefined): boolean {
  const name = (host ?? '').replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  return name === 'localhost' || name.endsWith('.localhost') || isLoopback(name);
}
