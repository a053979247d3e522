import type { Cloud } from '../../cloud/index.ts';
import { connectClient } from '../../cloud/client/index.ts';
import { type Firewall, guardedBy, shipped, startFrom } from '../classic.ts';
import { type Beat, beatsDuring } from '../guest-programs.ts';
import type { Bench, Lab } from '../lab.ts';
import { type Row, row } from '../result.ts';
import type { Goal } from '../statistics.ts';

/** From the call until packets show that it has been done. */
const GOAL: Goal = { of: 'value', is: 'at most', limit: 150 };
const FLOATING = '203.0.113.120';
const DRIVERS = ['openvswitch', 'iptables_hybrid, ipset'] as const;

/** Changes through the API, seen by an echo request each millisecond: until the first answer, or the last. */
export const effects: Bench = {
  name: 'effective',
  run: async (lab) => {
    const rows = await floatingIp(lab);
    for (const driver of DRIVERS) rows.push(...(await ruleChange(lab, driver)));
    for (const driver of ['noop', ...DRIVERS] as const) rows.push(...(await migration(lab, driver)));
    return rows;
  },
};

type Seen = Awaited<ReturnType<typeof beatsDuring>>;

/** Times by what was timed, in the order in which they first came. */
class Times {
  readonly #values = new Map<string, number[]>();

  add(name: string, ms: number): void {
    const known = this.#values.get(name);
    if (known) known.push(ms);
    else this.#values.set(name, [ms]);
  }

  /** The call and its effect; the effect has a goal. */
  change(name: string, { called, returned }: Seen, effective: number): void {
    this.add(name, effective - called);
    this.add(`${name}: the call`, returned - called);
  }

  rows(): Row[] {
    return [...this.#values].map(([name, values]) =>
      row(`effective: ${name}`, values, name.includes(':') ? {} : { goal: GOAL }),
    );
  }
}

const answersOf = (beats: readonly Beat[]): number[] =>
  beats.flatMap(({ answered }) => (answered === undefined ? [] : [answered])).toSorted((a, b) => a - b);

function firstAnswer({ beats, called }: Seen): number {
  const [first] = answersOf(beats);
  if (first === undefined) throw new Error('nothing was ever answered');
  if (first < called) throw new Error('there were answers before the change');
  return first;
}

function lastAnswer({ beats, called }: Seen): number {
  const last = answersOf(beats).at(-1);
  if (last === undefined || last < called) throw new Error('there were no answers before the change');
  if (last > (beats.at(-1)?.sent ?? 0) - 100) throw new Error('there are still answers');
  return last;
}

/** The longest time without an answer: where it ends, at the latest with the stream, and how long it was. */
function gap({ beats }: Seen): { readonly end: number; readonly ms: number } {
  const answers = answersOf(beats);
  let longest = { end: answers[0] ?? 0, ms: 0 };
  for (const [i, end] of [...answers, beats.at(-1)?.sent ?? 0].entries()) {
    const ms = end - (answers[i - 1] ?? end);
    if (ms > longest.ms) longest = { end, ms };
  }
  return longest;
}

async function floatingIp(lab: Lab): Promise<Row[]> {
  const document = shipped('classic-routed');
  await using cloud = await startFrom(lab, document);
  const { floatingIps } = connectClient(cloud, document);
  const outside = { agent: await cloud.cluster.agent('internet1') };
  const times = new Times();
  for (let i = 0; i < lab.repeat; i++) {
    const come = await beatsDuring(outside, FLOATING, () =>
      floatingIps.associate('spare', { server: 'blue2' }),
    );
    times.change('associate a floating IP', come, firstAnswer(come));
    const gone = await beatsDuring(outside, FLOATING, () => floatingIps.disassociate('spare'));
    times.change('disassociate it', gone, lastAnswer(gone));
  }
  return times.rows();
}

const neighbour = async (cloud: Cloud) => ({ agent: await cloud.guests(), namespace: 'web1' });

async function ruleChange(lab: Lab, driver: Firewall): Promise<Row[]> {
  const document = guardedBy(driver, []);
  await using cloud = await startFrom(lab, document);
  const { rules } = connectClient(cloud, document).securityGroups;
  const times = new Times();
  for (let i = 0; i < lab.repeat; i++) {
    const from = await neighbour(cloud);
    const come = await beatsDuring(from, '10.0.1.12', () =>
      rules.create('guarded', { direction: 'ingress', protocol: 'icmp' }),
    );
    times.change(`add a rule, ${driver}`, come, firstAnswer(come));
    const gone = await beatsDuring(from, '10.0.1.12', () => rules.delete('guarded', { protocol: 'icmp' }));
    times.change(`remove a rule, ${driver}`, gone, lastAnswer(gone));
  }
  return times.rows();
}

async function migration(lab: Lab, driver: Firewall): Promise<Row[]> {
  const document = guardedBy(driver, [{ direction: 'ingress', protocol: 'icmp' }]);
  await using cloud = await startFrom(lab, document);
  const { servers } = connectClient(cloud, document);
  const times = new Times();
  for (let i = 0; i < lab.repeat; i++) {
    for (const host of ['compute1', 'compute2']) {
      const seen = await beatsDuring(await neighbour(cloud), '10.0.1.12', () =>
        servers.migrate('web2', { host }),
      );
      const { end, ms } = gap(seen);
      times.change(`live migration, ${driver}`, seen, end);
      times.add(`live migration, ${driver}: longest time without an answer`, ms);
    }
  }
  return times.rows();
}
