/** A server of POSTGRES_… or REDIS_…, apart, as a password may hold what means something else in a URL. */
export interface ServerParts {
  readonly scheme: string;
  /** host or host:port */
  readonly host: string;
  readonly port: number;
  readonly user?: string;
  readonly password?: string;
  readonly database?: string;
}

/** The URL of a server, whatever characters user, password and database have. */
export function serverUrlOf({ scheme, host, port, user = '', password = '', database }: ServerParts): string {
  const login = user === '' && password === '' ? '' : `${encoded(user)}:${encoded(password)}@`;
  const place = /:\d+$/.test(host) ? host : `${host}:${port}`;
  return new URL(`${scheme}://${login}${place}${database === undefined ? '' : `/${encoded(database)}`}`).href;
}

// A lone surrogate has no encoding; it can't come out of an environment either.
const encoded = (text: string): string => encodeURIComponent(text.toWellFormed());

/** Whether a text is a host, or host:port, and nothing else of a URL. */
export function isHost(text: string): boolean {
  const url = URL.parse(`host://${text}`);
  return (
    url !== null &&
    url.hostname !== '' &&
    url.host === text.toLowerCase().replace(/^host:\/\//, '') &&
    !/[\s%]/.test(text)
  );
}

/**
 * Why a URL that reads as one may mean something else than was meant; null when it is clear. An unescaped / #
 * or ? of a password ends the host's part of a URL, and so a piece of the password is taken for the host and
 * shown in messages.
 */
export function unclear(url: URL): string | null {
  if (/[@#]/.test(url.pathname + url.search + url.hash)) return 'it has an @ or # after the host';
  for (const part of [url.username, url.password, url.pathname])
    try {
      decodeURIComponent(part);
    } catch {
      return 'it has a % that is not followed by two hexadecimal digits of a character';
    }
  return null;
}
