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
export * from './ipv6.ts';
export * from './probes.ts';
export { judgeGap, type Taken, type Within } from './steadiness.ts';
export * from './stream.ts';
export type { Arrival, Span, StreamResult, Timeline } from './stream-result.ts';
export * from './traceroute.ts';
