import type { Agent } from '../../engine/index.ts';
import type { CloudDocumentInput } from '../../topology/index.ts';
import { shipped, startFrom } from '../classic.ts';
import { throughput } from '../guest-programs.ts';
import type { Bench, Lab } from '../lab.ts';
import { type Row, row } from '../result.ts';
import { interleave, timed } from '../statistics.ts';

const PEER = 'legacy router';
/** Each takes a second. */
const MOST_ROUNDS = 5;

const WAYS = [
  { name: 'same host', to: { namespace: 'db1', address: '10.0.2.11' } },
  { name: 'across hosts', to: { namespace: 'db2', address: '10.0.2.12' } },
] as const;

/** From web1 to a server on the other network: routed on its own host, and by a network node. */
export const eastWest: Bench = {
  name: 'distributed',
  run: async (lab) => {
    const document = shipped('juno-distributed');
    const { r1 } = document.routers ?? {};
    await using distributed = await startFrom(lab, document);
    await using legacy = await startFrom(lab, {
      ...document,
      routers: { r1: { ...r1, distributed: false } },
    });
    const guests = [await distributed.guests(), await legacy.guests()] as const;
    const rows: Row[] = [];
    for (const way of WAYS) rows.push(...(await sideBySide(lab, guests, way)));
    return rows;
  },
};

async function sideBySide(
  { repeat }: Lab,
  [distributed, legacy]: readonly [Agent, Agent],
  { name, to }: (typeof WAYS)[number],
): Promise<Row[]> {
  for (const guests of [distributed, legacy]) await roundTrip(guests, to.address);
  const trips = await interleave(repeat, {
    ours: () => roundTrip(distributed, to.address),
    theirs: () => roundTrip(legacy, to.address),
  });
  const poured = await interleave(Math.min(repeat, MOST_ROUNDS), {
    ours: () => throughput(distributed, 'web1', to),
    theirs: () => throughput(legacy, 'web1', to),
  });
  return [
    row(`distributed: round trip, ${name}`, trips.ours, { peer: { name: PEER, values: trips.theirs } }),
    row(`distributed: TCP, ${name}`, poured.ours, {
      unit: 'Mbit/s',
      peer: { name: PEER, values: poured.theirs },
    }),
  ];
}

/** The least of fifty echoes, in milliseconds: the others tell of the machine. */
async function roundTrip(guests: Agent, address: string): Promise<number> {
  const argv = ['ping', '-q', '-c', '50', '-i', '0.005', '-W', '1', address];
  const { stdout } = await guests.run(argv, { namespace: 'web1' });
  const [, least] = /= ([\d.]+)\//u.exec(stdout) ?? [];
  if (least === undefined) throw new Error(`ping said nothing of its times: ${stdout}`);
  return Number(least);
}

/** 20 servers on three compute hosts, behind a router that is distributed and has ha. */
function manyServers(): CloudDocumentInput {
  const document = shipped('juno-distributed');
  const { r1 } = document.routers ?? {};
  const { hosts: _, ...router } = r1 ?? {};
  const servers = Array.from({ length: 20 }, (_each, i) => [
    `server${i + 1}`,
    { project: 'tenant', host: `compute${(i % 3) + 1}`, networks: [i % 2 === 0 ? 'web' : 'db'] },
  ]);
  return {
    ...document,
    routers: { r1: { ...router, ha: true } },
    servers: Object.fromEntries(servers),
    floatingips: {
      out: { project: 'tenant', floating_network: 'public', server: 'server1' },
    },
  };
}

/**
 * From the call until two servers are answered from beyond the cloud, one by its floating IP and one without, with
 * Neutron's advertisements every 2 s.
 */
export const upDistributed: Bench = {
  name: 'up-distributed',
  run: async (lab) => {
    const values = await untilAnswered(lab);
    const goal = { of: 'value', is: 'at most', limit: 5000 } as const;
    return [row('up: 20 servers, a router distributed and with ha', values, { goal })];
  },
};

async function untilAnswered(lab: Lab): Promise<number[]> {
  const document = manyServers();
  const values: number[] = [];
  for (let i = 0; i < Math.min(lab.repeat, MOST_ROUNDS); i++) {
    let cloud: Awaited<ReturnType<typeof startFrom>> | undefined;
    try {
      values.push(
        await timed(async () => {
          cloud = await startFrom(lab, document);
          const guests = await cloud.guests();
          const argv = ['ping', '-q', '-c', '1', '-W', '1', '198.51.100.10'];
          await Promise.all(['server1', 'server2'].map((namespace) => guests.run(argv, { namespace })));
        }),
      );
    } finally {
      await cloud?.down();
    }
  }
  return values;
}
