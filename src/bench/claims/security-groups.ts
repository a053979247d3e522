import { type Cloud } from '../../cloud/index.ts';
import { connectClient } from '../../cloud/client/index.ts';
import { serve, tcp } from '../../probe/index.ts';
import type { CloudState } from '../../state/index.ts';
import { targetNamed } from '../../targets/index.ts';
import { loadCloud } from '../../topology/index.ts';
import { type Firewall, guardedBy, startFrom } from '../classic.ts';
import type { Bench, Lab } from '../lab.ts';
import { type Row, row } from '../result.ts';
import { median, timed } from '../statistics.ts';

const DRIVERS = ['openvswitch', 'iptables_hybrid, ipset', 'iptables_hybrid, rules alone'] as const;
const RULES = [1, 100, 1000];
const MEMBERS = 500;
/** The port that the last rule opens. */
const PORT = 5432;
/** Big changes take a while. */
const MOST_ROUNDS = 5;
const CONNECTIONS = 30;

type Rule = Parameters<typeof guardedBy>[1][number];

const open = (port: number): Rule => ({
  direction: 'ingress',
  protocol: 'tcp',
  port_range_min: port,
  port_range_max: port,
});

/** So many rules, of which the last is for the port that is tried; no two make one range. */
const rules = (count: number): Rule[] => [
  ...Array.from({ length: count - 1 }, (_, i) => open(10_000 + 2 * i)),
  open(PORT),
];

const fromCrowd: Rule = { ...open(PORT), remote_group: 'crowd' };

/** What filters cost: what is put into the guarded server's host, how long that takes, and what a new connection pays. */
export const securityGroups: Bench = {
  name: 'security-groups',
  run: async (lab) => {
    const rows: Row[] = [];
    for (const driver of DRIVERS) rows.push(...(await costOfRules(lab, driver)));
    for (const driver of DRIVERS) rows.push(...(await costOfMembers(lab, driver)));
    return rows;
  },
};

interface Counts {
  readonly flows: number;
  readonly rules: number;
  readonly members: number;
}

function countsOf({ nodes }: CloudState): Counts {
  const node = nodes['compute2'];
  const { netfilter = {}, ipsets = {} } = node?.namespaces[''] ?? {};
  const sum = (lists: readonly (readonly unknown[])[]): number =>
    lists.reduce((all, { length }) => all + length, 0);
  return {
    flows: Object.keys(node?.flows ?? {}).length,
    rules: sum(Object.values(netfilter).map((chain) => chain.rules)),
    members: sum(Object.values(ipsets).map((set) => set.members)),
  };
}

/** What a document brings into the guarded server's host that another does not. */
async function more(document: Parameters<typeof loadCloud>[0], than: Parameters<typeof loadCloud>[0]) {
  const target = targetNamed('ml2-ovs');
  const [after, before] = [document, than].map(async (one) =>
    countsOf(target.compile(await loadCloud(one)).state),
  );
  return { after: await after, before: await before };
}

async function countRows(
  name: string,
  document: Parameters<typeof loadCloud>[0],
  than: Parameters<typeof loadCloud>[0],
): Promise<Row[]> {
  const { after, before } = await more(document, than);
  if (!after || !before) return [];
  return (['flows', 'rules', 'members'] as const).flatMap((unit) => {
    const count = after[unit] - before[unit];
    return count === 0 ? [] : [row(`${name}: ${WHAT[unit]}`, [count], { unit })];
  });
}

const WHAT = { flows: 'flows', rules: 'rules of iptables', members: 'members in sets' } as const;

async function costOfRules(lab: Lab, driver: Firewall): Promise<Row[]> {
  const document = guardedBy(driver, []);
  await using cloud = await startFrom(lab, document);
  const client = connectClient(cloud, document);
  const rounds = Math.min(lab.repeat, MOST_ROUNDS);
  const set = (list: readonly Rule[]) =>
    client.edit((edited) => {
      Object.assign(edited.security_groups, { guarded: { security_group_rules: [...list] } });
    });
  const rows: Row[] = [];
  for (const count of RULES) {
    const name = `security groups, ${count} ${count === 1 ? 'rule' : 'rules'}, ${driver}`;
    const applied: number[] = [];
    const latencies: number[] = [];
    for (let i = 0; i < rounds; i++) {
      applied.push(await timed(() => set(rules(count))));
      latencies.push(await connecting(cloud));
      await set([]);
    }
    rows.push(
      ...(await countRows(name, guardedBy(driver, rules(count)), document)),
      row(`${name}: applied`, applied),
      row(`${name}: a new connection`, latencies),
    );
  }
  return rows;
}

/** Milliseconds until a connection stands, as the client sees it: the median of many, each with a port of its own. */
async function connecting(cloud: Cloud): Promise<number> {
  const guests = await cloud.guests();
  await using server = await serve(guests, 'web2', 'tcp', PORT);
  const times: number[] = [];
  for (let i = 0; i < CONNECTIONS; i++) {
    const result = await tcp(guests, 'web1', '10.0.1.12', server.port, { size: 16 });
    if (result.outcome !== 'exchanged') throw new Error(`no connection: ${result.outcome}`);
    times.push(result.connect_us / 1000);
  }
  return median(times);
}

async function costOfMembers(lab: Lab, driver: Firewall): Promise<Row[]> {
  const empty = guardedBy(driver, [fromCrowd]);
  const full = guardedBy(driver, [fromCrowd], MEMBERS);
  const oneMore = guardedBy(driver, [fromCrowd], MEMBERS + 1);
  await using cloud = await startFrom(lab, empty);
  const to = async (document: typeof empty): Promise<number> => {
    const topology = await loadCloud(document, { previous: cloud.allocations });
    return timed(() => cloud.apply(topology));
  };
  const times: Record<'all' | 'one' | 'none', number[]> = { all: [], one: [], none: [] };
  for (let i = 0; i < Math.min(lab.repeat, MOST_ROUNDS); i++) {
    times.all.push(await to(full));
    times.one.push(await to(oneMore));
    times.none.push(await to(empty));
  }
  const name = `remote group of ${MEMBERS}, ${driver}`;
  return [
    ...(await countRows(name, full, empty)),
    row(`${name}: all members come`, times.all),
    row(`${name}: one more comes`, times.one),
    row(`${name}: all go`, times.none),
  ];
}
