import { isIPv6 } from 'node:net';

/** A server of POSTGRES_… or REDIS_…, apart, as a password may hold what means something else in a URL. */
export interface ServerParts {
  readonly scheme: string;
  /** host, host:port, an IPv6 address, or the folder of a Unix socket */
  readonly host: string;
  readonly port: number;
  readonly user?: string;
  readonly password?: string;
  readonly database?: string;
}

/** The URL of a server, whatever characters user, password and database have. */
export function serverUrlOf({ scheme, host, port, user = '', password = '', database }: ServerParts): string {
  const login = user === '' && password === '' ? '' : `${encoded(user)}:${encoded(password)}@`;
  return `${scheme}://${login}${placeOf(host, port)}${database === undefined ? '' : `/${encoded(database)}`}`;
}

function placeOf(host: string, port: number): string {
  if (host.startsWith('/')) return `${encoded(host)}:${port}`;
  if (isIPv6(host)) return `[${host}]:${port}`;
  return /:\d+$/.test(host) ? host : `${host}:${port}`;
}

// A lone surrogate has no encoding; it can't come out of an environment either.
const encoded = (text: string): string => encodeURIComponent(text.toWellFormed());

/** Whether a text is a host, host:port, an IPv6 address or the folder of a Unix socket, and nothing else. */
export function isHost(text: string): boolean {
  if (text.startsWith('/')) return !/[\0-\x1f]/.test(text);
  if (isIPv6(text)) return true;
  const url = URL.parse(`host://${text}`);
  return (
    url !== null &&
    url.hostname !== '' &&
    url.host === text.toLowerCase().replace(/^host:\/\//, '') &&
    !/[\s%]/.test(text)
  );
}

/** A URL of one server or several, taken apart as it is written: hosts, path and values are still encoded. */
export interface ServerUrl {
  readonly scheme: string;
  readonly user: string;
  readonly password: string;
  /** In their order; none for a Unix socket that the path names. */
  readonly hosts: readonly { readonly host: string; readonly port: number | undefined }[];
  /** Without the slash before it. */
  readonly path: string;
  readonly params: ReadonlyMap<string, string>;
}

/**
 * Takes a URL of a server apart. WHATWG's URL knows neither several hosts nor a socket's path for a host, as
 * PostgreSQL and Sentinel have them.
 * @returns why not, in words that show nothing of it, where it reads as none
 */
export function splitServerUrl(text: string): ServerUrl | string {
  const [, scheme = '', login = '', place = '', path = '', query = ''] = form.exec(text.trim()) ?? [];
  if (scheme === '') return /^[a-z][a-z\d+.-]*:\/\//i.test(text) ? afterHost : 'it is no URL';
  const hosts = place === '' ? [] : place.split(',').map(hostOf);
  const wrong = hosts.find((host) => typeof host === 'string');
  if (wrong !== undefined) return wrong;
  const [, user = '', password = ''] = /^([^:]*)(?::(.*))?$/s.exec(login) ?? [];
  try {
    return {
      scheme: scheme.toLowerCase(),
      user: decodeURIComponent(user),
      password: decodeURIComponent(password),
      hosts: hosts.filter((host) => typeof host !== 'string'),
      path: decodeURIComponent(path.slice(1)),
      // Not URLSearchParams, to which a + is a blank.
      params: new Map(
        query
          .slice(1)
          .split('&')
          .filter((pair) => pair !== '')
          .map((pair) => {
            const [, name = '', value = ''] = /^([^=]*)=?(.*)$/s.exec(pair) ?? [];
            return [decodeURIComponent(name), decodeURIComponent(value)];
          }),
      ),
    };
  } catch {
    return 'it has a % that is not followed by two hexadecimal digits of a character';
  }
}

const form = /^([a-z][a-z\d+.-]*):\/\/(?:([^@/?#]*)@)?([^@/?#]*)(\/[^?#@]*)?(\?[^#@]*)?$/i;
const afterHost = 'it has an @ or # after the host';

function hostOf(text: string): { host: string; port: number | undefined } | string {
  const parts = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(\d*))?$/.exec(text);
  if (parts === null) return 'its port is no number, or an IPv6 address lacks its [ ]';
  const [, bracketed, plain = '', port] = parts;
  if (bracketed !== undefined && !isIPv6(bracketed)) return 'what stands in [ ] is no IPv6 address';
  let host: string;
  try {
    host = bracketed ?? decodeURIComponent(plain);
  } catch {
    return 'it has a % that is not followed by two hexadecimal digits of a character';
  }
  // A piece of a password may have come here.
  if (bracketed === undefined && plain === '' && port === undefined) return 'it lacks a host';
  if (/[\s\0]/.test(host)) return 'its host has a blank';
  const number = port === undefined || port === '' ? undefined : Number(port);
  if (number !== undefined && (number < 1 || number > 65_535)) return 'its port is not from 1 to 65535';
  return { host, port: number };
}

/** The same URL with `***` for the password, and for parameters that `harmless` doesn't name. */
export function hiddenServerUrl(url: ServerUrl, hidden: string, harmless: (name: string) => boolean): string {
  const { scheme, user, password, hosts, path, params } = url;
  // A user alone is often meant to be the password, save of PostgreSQL's.
  const shownUser = password === '' && user !== '' && !scheme.startsWith('postgres') ? hidden : encoded(user);
  const login = user === '' && password === '' ? '' : `${shownUser}${password === '' ? '' : `:${hidden}`}@`;
  const places = hosts.map(({ host, port }) => {
    const shown = isIPv6(host) ? `[${host}]` : host.startsWith('/') ? encoded(host) : host;
    return `${shown}${port === undefined ? '' : `:${port}`}`;
  });
  const query = [...params].map(
    ([name, value]) => `${encoded(name)}=${harmless(name) ? encodedValue(value) : hidden}`,
  );
  const shownPath = path === '' ? '' : `/${path.split('/').map(encoded).join('/')}`;
  return `${scheme}://${login}${places.join(',')}${shownPath}${query.length > 0 ? `?${query.join('&')}` : ''}`;
}

const encodedValue = (value: string): string => encoded(value).replaceAll('%2F', '/');

/**
 * Why a URL that reads as one may mean something else than was meant; null when it is clear. An unescaped / #
 * or ? of a password ends the host's part of a URL, and so a piece of the password is taken for the host and
 * shown in messages.
 */
export function unclear(url: URL): string | null {
  if (/[@#]/.test(url.pathname + url.search + url.hash)) return afterHost;
  for (const part of [url.username, url.password, url.pathname])
    try {
      decodeURIComponent(part);
    } catch {
      return 'it has a % that is not followed by two hexadecimal digits of a character';
    }
  return null;
}
