/** Web servers and clients in guests. */
import type { Agent } from '../engine/index.ts';
import { taughtAgent } from './applications.ts';
import { Listeners } from './listeners.ts';

/** What a server was asked: it is also the body of its answer. */
export interface HttpRequest {
  /** Name of the server that answered. */
  readonly server: string;
  /** The other end of the connection, as the server sees it. */
  readonly address: string;
  readonly port: number;
  readonly method: string;
  readonly path: string;
  /** Names in small letters; one that came several times has its values joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface HttpAnswer {
  /** Default: 200. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** No answer at all; the connection stays open. */
  readonly silent?: boolean;
}

/** By path, without the query; '' is for all other paths. */
export type HttpAnswers = Readonly<Record<string, HttpAnswer>>;

export interface HttpServer extends AsyncDisposable {
  readonly port: number;
  /** All requests so far, those of health monitors included. */
  readonly requests: readonly HttpRequest[];
  /** How it answers from now on; instead of all that was said before. */
  answer(answers: HttpAnswers): Promise<void>;
  /** The next request from now on that fits. @throws NetdojoError ND_TIMEOUT after `timeout` seconds (default 10) */
  next(fits?: (request: HttpRequest) => boolean, timeout?: number): Promise<HttpRequest>;
}

export interface HttpServeOptions {
  /** Default: 80. 0 lets the guest choose one. */
  readonly port?: number;
  /** Default: every IPv4 address; '::' for IPv6. */
  readonly address?: string;
  /** Name in its answers. Default: the guest's. */
  readonly name?: string;
  readonly answers?: HttpAnswers;
}

type Headers = readonly (readonly [string, string])[];

/** A web server in a guest, until disposed. It answers with its name and with what it was asked, as JSON. */
export async function serveHttp(
  guests: Agent,
  server: string,
  { port = 80, address = '', name = server, answers = {} }: HttpServeOptions = {},
): Promise<HttpServer> {
  const agent = await taughtAgent(guests);
  const requests: HttpRequest[] = [];
  const listeners = new Listeners<HttpRequest>();
  const { channel, value } = await agent.open<number>(
    'http-serve',
    { namespace: server, name, port, address, answers: toWire(answers) },
    {
      data: (chunk) => {
        const request = requestOf(chunk.toString());
        requests.push(request);
        listeners.tell(request);
      },
    },
  );
  return {
    port: value,
    requests,
    answer: (next) => agent.request('http-answers', { channel: channel.id, answers: toWire(next) }),
    next: (fits = () => true, timeout = 10) => listeners.next(fits, timeout, `a request to ${name}`),
    [Symbol.asyncDispose]: () => channel.close(),
  };
}

const toWire = (answers: HttpAnswers): object =>
  Object.fromEntries(
    Object.entries(answers).map(([path, { headers = {}, ...rest }]) => [
      path,
      { ...rest, headers: Object.entries(headers) },
    ]),
  );

const requestOf = (text: string): HttpRequest => {
  const { headers, ...rest } = JSON.parse(text) as Omit<HttpRequest, 'headers'> & { headers: Headers };
  return { ...rest, headers: joined(headers) };
};

const joined = (headers: Headers): Record<string, string> => {
  const all: Record<string, string> = {};
  for (const [key, value] of headers) {
    const name = key.toLowerCase();
    const before = all[name];
    all[name] = before === undefined ? value : `${before}, ${value}`;
  }
  return all;
};

export interface HttpOptions {
  /** Default: 80. */
  readonly port?: number;
  /** Default: GET. */
  readonly method?: string;
  /** Default: /. */
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cookies?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly source?: string;
  readonly source_port?: number;
  /** Seconds for all of it. */
  readonly timeout?: number;
}

/** The client's own end of the connection. */
interface OwnEnd {
  readonly source: string;
  readonly source_port: number;
}

export interface HttpResponse extends OwnEnd {
  readonly outcome: 'response';
  readonly status: number;
  readonly reason: string;
  /** Names in small letters. */
  readonly headers: Readonly<Record<string, string>>;
  /** Those that the response sets. */
  readonly cookies: Readonly<Record<string, string>>;
  readonly body: string;
  /** What our own server was asked; undefined when somebody else answered (a balancer without members, say). */
  readonly seen?: HttpRequest;
}

export type HttpOutcome =
  | HttpResponse
  | { readonly outcome: 'no-connection' | 'refused' }
  | ({ readonly outcome: 'no-answer' | 'closed' | 'reset' } & OwnEnd)
  | ({ readonly outcome: 'error'; readonly errno: string } & Partial<OwnEnd>);

/** One request by a guest, on a connection of its own. */
export async function http(
  guests: Agent,
  server: string,
  destination: string,
  options: HttpOptions = {},
): Promise<HttpOutcome> {
  const { port = 80, source, source_port, ...rest } = options;
  const place = { namespace: server, destination, port };
  const own = {
    ...(source === undefined ? {} : { source }),
    ...(source_port === undefined ? {} : { source_port }),
  };
  return exchange(guests, { ...place, ...own }, authority(destination, port), rest);
}

/** The value of a Host header. */
export const authority = (address: string, port: number): string => {
  const host = address.includes(':') ? `[${address}]` : address;
  return port === 80 ? host : `${host}:${port}`;
};

export type HttpMessage = Omit<HttpOptions, 'port' | 'source' | 'source_port'>;

/** One request on the connection that `on` says. */
export async function exchange(
  guests: Agent,
  on: object,
  host: string,
  { method = 'GET', path = '/', headers = {}, cookies = {}, body = '', timeout = 5 }: HttpMessage,
): Promise<HttpOutcome> {
  const agent = await taughtAgent(guests);
  const jar = Object.entries(cookies).map(([name, value]) => `${name}=${value}`);
  const all = [
    ['Host', host],
    ...Object.entries(headers),
    ...(jar.length === 0 ? [] : [['Cookie', jar.join('; ')]]),
  ];
  const answer = await agent.request<Received | Exclude<HttpOutcome, HttpResponse>>('http', {
    ...on,
    method,
    path,
    headers: all,
    body,
    timeout,
  });
  return answer.outcome === 'response' ? responseOf(answer) : answer;
}

type Received = Omit<HttpResponse, 'headers' | 'cookies' | 'seen'> & { readonly headers: Headers };

const responseOf = ({ headers, ...rest }: Received): HttpResponse => {
  const cookies = headers
    .filter(([name]) => name.toLowerCase() === 'set-cookie')
    .map(([, value]) => {
      const [pair = ''] = value.split(';');
      const at = pair.indexOf('=');
      return [pair.slice(0, at).trim(), pair.slice(at + 1).trim()] as const;
    });
  const all = joined(headers);
  const ours = all['content-type'] === 'application/json' && rest.body.startsWith('{"server":');
  return {
    ...rest,
    headers: all,
    cookies: Object.fromEntries(cookies),
    ...(ours ? { seen: requestOf(rest.body) } : {}),
  };
};
