export * from './dhcp.ts';
export * from './held-connection.ts';
export {
  http,
  type HttpAnswer,
  type HttpAnswers,
  type HttpMessage,
  type HttpOptions,
  type HttpOutcome,
  type HttpRequest,
  type HttpResponse,
  type HttpServeOptions,
  type HttpServer,
  serveHttp,
} from './http.ts';
export * from './probes.ts';
export * from './stream.ts';
export type { Arrival, StreamResult } from './stream-result.ts';
export * from './traceroute.ts';
