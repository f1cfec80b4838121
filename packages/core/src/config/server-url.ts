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
 * Why a URL that reads as one may mean something else than was meant; null when it is clear. An unescaped / # or ? of a
 * password ends the host's part of a URL, and so a piece of the password is taken for the host and shown in messages.
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

/** Parameters whose values are no secret. */
const harmless = new Set([
  'application_name',
  'connect_timeout',
  'db',
  'family',
  'host',
  'port',
  'sslmode',
  'ssl',
  'user',
]);
const hidden = '***';

/** A URL without what may be a secret, for logs and messages: password, parameters, a path that is a token. */
export function redactUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null) return '(not a URL)';
  if (unclear(url) !== null) return `${url.protocol}//${hidden}`;
  if (url.password !== '') url.password = hidden;
  // A user alone is often meant to be the password.
  else if (url.username !== '' && !url.protocol.startsWith('postgres')) url.username = hidden;
  for (const name of new Set(url.searchParams.keys()))
    if (!harmless.has(name.toLowerCase())) url.searchParams.set(name, hidden);
  if (url.protocol.startsWith('http'))
    url.pathname = url.pathname
      .split('/')
      .map((part) => (isToken(part) ? hidden : part))
      .join('/');
  return url.href;
}

/** Whether a part of a path is most likely a secret, as in the URL of a webhook. */
const isToken = (part: string): boolean =>
  /^[\w:%-]{16,}$/.test(part) && /\d/.test(part) && /[a-z]/i.test(part);

/** A text, such as an error's message, with every URL in it redacted, and the values of password=… */
export function redactText(text: string): string {
  return text
    .replaceAll(/\b(?!file:|node:)[a-z][a-z\d+.-]*:\/\/[^\s"'<>]+/gi, (url) => {
      // What ends a sentence or a bracket is not the URL's.
      const [end = ''] = /[).,;:\]}]*$/.exec(url) ?? [];
      return redactUrl(url.slice(0, url.length - end.length)) + end;
    })
    .replaceAll(
      /(\b\w*(?:password|passwd|secret|token|api_?key)["']?=)("[^"]*"|'[^']*'|[^\s,;&*]+)/gi,
      `$1${hidden}`,
    );
}
