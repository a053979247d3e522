/** What haproxy says of the members, as the agent of LBaaS asks it (get_stats of the haproxy namespace driver). */
import { waitFor } from '../../../engine/find/wait.ts';
import type { Agent } from '../../../engine/index.ts';
import type { LoadBalancer, Member, Pool } from '../../../topology/topology.ts';
import { statsSocket } from './haproxy.ts';

export interface MemberState {
  readonly pool: string;
  /** Name of its port, or its address. */
  readonly member: string;
  /** OFFLINE: its checks failed. One that nobody checks is ONLINE. */
  readonly operating_status: 'ONLINE' | 'OFFLINE';
  /** The last check in haproxy's words (L4OK, L7STS, …); '' where there is none. */
  readonly check: string;
  /** Connections (or requests) that it got so far, of this process. */
  readonly sessions: number;
}

/** The members that haproxy knows: those with admin_state_up, in pools with admin_state_up. */
export async function memberStates(host: Agent, balancer: LoadBalancer): Promise<MemberState[]> {
  return statesFrom(await ask(host, statsSocket(balancer), 'show stat -1 4 -1\n'), balancer);
}

/**
 * In one pool, or in any.
 * @throws NetdojoError ND_TIMEOUT when it does not get there within `timeout` seconds
 */
export async function untilMember(
  host: Agent,
  balancer: LoadBalancer,
  member: string,
  status: MemberState['operating_status'],
  timeout = 30,
  pool?: string,
): Promise<void> {
  let known: readonly MemberState[] = [];
  await waitFor(
    async () => {
      known = await memberStates(host, balancer);
      const there = known.some(
        (one) =>
          one.member === member &&
          one.operating_status === status &&
          (pool === undefined || one.pool === pool),
      );
      return there || undefined;
    },
    {
      what: `member ${member} of load balancer ${balancer.name} to be ${status}`,
      deadlineMs: timeout * 1000,
      soFar: () =>
        known.map((one) => `${one.pool} ${one.member}: ${one.operating_status} ${one.check}`).join('\n'),
    },
  );
}

const ask = async (host: Agent, path: string, question: string): Promise<string> => {
  const parts: Buffer[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const { channel } = await host.open(
    'connect',
    { path },
    { data: (part) => parts.push(part), end: resolve },
  );
  channel.write(Buffer.from(question));
  await promise;
  await channel.close();
  return Buffer.concat(parts).toString();
};

/** CSV with a heading (section 9.1 of haproxy's management guide). */
const statesFrom = (csv: string, { pools }: LoadBalancer): MemberState[] => {
  const [heading = '', ...lines] = csv.replace(/^# /u, '').trim().split('\n');
  const names = heading.split(',');
  const members = new Map(
    Object.values(pools).flatMap((pool) =>
      pool.members.map((member) => [`${pool.id} ${member.id}`, { pool, member }]),
    ),
  );
  return lines.flatMap((line) => {
    const values = line.split(',');
    const value = (name: string): string => values[names.indexOf(name)] ?? '';
    const found = members.get(`${value('pxname')} ${value('svname')}`);
    return found === undefined ? [] : [stateOf(found, value)];
  });
};

const stateOf = (
  { pool, member }: { readonly pool: Pool; readonly member: Member },
  value: (name: string) => string,
): MemberState => ({
  pool: pool.name,
  member: member.port ?? member.address,
  // `DOWN 1/2` is on its way up, and gets nothing yet.
  operating_status: value('status').startsWith('DOWN') ? 'OFFLINE' : 'ONLINE',
  check: value('check_status'),
  sessions: Number(value('stot')),
});
