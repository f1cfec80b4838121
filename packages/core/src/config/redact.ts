import { hiddenServerUrl, splitServerUrl, unclear } from './server-url.ts';

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
  ...['sslrootcert', 'sslcert', 'sslnegotiation', 'channel_binding', 'target_session_attrs'],
  ...['pgbouncer', 'schema', 'dbname', 'connection_limit', 'pool_timeout'],
  ...['ssl_cert_reqs', 'ssl_ca_certs'],
]);
const hidden = '***';
/** Of servers that have forms of URL which WHATWG's URL can't read. */
const ofServers = /^(postgres(ql)?|rediss?(\+\w+)?|unix):\/\//i;

/**
 * A URL without what may be a secret, for logs and messages: password, parameters, a path that is a token.
 */
export function redactUrl(text: string): string {
  const server = ofServers.test(text) ? splitServerUrl(text) : '';
  if (typeof server !== 'string')
    return hiddenServerUrl(server, hidden, (name) => harmless.has(name.toLowerCase()));
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

/**
 * A text, such as an error's message, with every URL in it redacted, the values of password=… and what is
 * known to be secret.
 * @param secrets as secretsOf() gives them
 */
export function redactText(text: string, secrets: readonly string[] = []): string {
  return secrets
    .reduce((rest, secret) => rest.replaceAll(secret, hidden), text)
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

/**
 * The passwords in URLs, in every spelling that they may turn up in, and other secrets; the longest first.
 */
export function secretsOf(urls: readonly string[], others: readonly string[]): readonly string[] {
  const passwords = urls.flatMap((url) => {
    const server = ofServers.test(url) ? splitServerUrl(url) : '';
    const parsed = URL.parse(url);
    const given =
      typeof server === 'string'
        ? [parsed?.password ?? '', parsed?.searchParams.get('password') ?? '']
        : [server.password, ...secretParams.map((name) => server.params.get(name) ?? '')];
    return given.flatMap((password) => [password, decoded(password), encodeURIComponent(password)]);
  });
  // A shorter one would hide parts of ordinary words; so would compose's default, which is no secret.
  const all = [...passwords, ...others].filter((secret) => secret.length > 3 && secret !== 'postgres');
  return [...new Set(all)].sort((a, b) => b.length - a.length);
}

const secretParams = ['password', 'sslpassword', 'sentinel_password'];

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
