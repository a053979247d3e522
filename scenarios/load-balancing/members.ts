/** Web servers on all members of the cloud, and who answered. */
import { http, type HttpOptions, type HttpOutcome, serveHttp } from '../../src/probe/index.ts';
import { speakerOf, type Stage } from '../../src/scenario/index.ts';

export const VIP = '10.0.1.100';
export const FLOATING = '203.0.113.120';

/** Until disposed. */
export async function webServers(
  { cloud }: Pick<Stage, 'cloud'>,
  names: readonly string[] = ['web1', 'web2', 'web3', 'far1'],
): Promise<AsyncDisposable> {
  const guests = await cloud.guests();
  const servers = await Promise.all(names.map((name) => serveHttp(guests, name)));
  return {
    async [Symbol.asyncDispose]() {
      await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
    },
  };
}

/** Requests one after the other, every packet of them judged; what came back of each. */
export async function ask(
  { cloud, watch }: Stage,
  from: string,
  times: number,
  options: HttpOptions & { readonly to?: string } = {},
): Promise<HttpOutcome[]> {
  const { to = VIP, ...request } = options;
  const { agent, namespace } = await speakerOf(cloud, from);
  const answers: HttpOutcome[] = [];
  await watch(`${from} asks ${to}:${request.port ?? 80} ${times} times`, async () => {
    for (let at = 0; at < times; at++) answers.push(await http(agent, namespace, to, request));
  });
  return answers;
}

export const answeredBy = (answers: readonly HttpOutcome[]): string[] =>
  answers.map((answer) =>
    answer.outcome === 'response' ? (answer.seen?.server ?? String(answer.status)) : answer.outcome,
  );
