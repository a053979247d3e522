import { setTimeout as passed } from 'node:timers/promises';
import { type Cloud, downInterval, forgetShortcuts } from '../../cloud/index.ts';
import { stream } from '../../probe/index.ts';
import { shipped, startFrom } from '../classic.ts';
import type { Bench, Lab } from '../lab.ts';
import { type Row, row } from '../result.ts';
import { type Goal, percentile } from '../statistics.ts';

/** How often each is measured. */
const RUNS = 20;
/** Neutron's default, the fastest that Neutron offers, and VRRP version 3, which it does not. */
const INTERVALS = [2, 1, 0.1] as const;
/** Until everybody has taken up the announcements of the new host (ms), as in the stories. */
const ALLOWANCE = 400;
const FLOATING = '203.0.113.110';

/** The longest time without an answer from a floating IP when the host of its router goes without a word. */
export const failOver: Bench = {
  name: 'fail-over',
  // Twenty times seven seconds, for a start.
  onRequest: true,
  run: async (lab) => {
    const rows: Row[] = [];
    for (const interval of INTERVALS) rows.push(...(await gaps(lab, interval)));
    return rows;
  },
};

async function gaps(lab: Lab, interval: number): Promise<Row[]> {
  const document = shipped('vrrp-routed');
  await using cloud = await startFrom(lab, {
    ...document,
    options: { ...document.options, ha_vrrp_advert_int: interval },
  });
  const values: number[] = [];
  for (let i = 0; i < RUNS; i++) {
    // Not always at the same moment between two advertisements.
    await passed(Math.random() * interval * 1000);
    values.push(await gap(cloud));
  }
  const name = `fail-over: advertisements each ${interval} s`;
  const limit = downInterval(cloud.topology.options) * 1000 + ALLOWANCE;
  const goal: Goal = { of: 'value', is: 'at most', limit };
  return [
    row(name, values, { goal }),
    row(`${name}, 90th percentile`, [percentile(values, 0.9)], { goal }),
    row(`${name}, longest`, [Math.max(...values)], { goal }),
  ];
}

/** Without its link to the HA network a host gives the router up, and cannot say so. */
async function gap(cloud: Cloud): Promise<number> {
  const { r1: host } = await cloud.untilActive();
  const place = cloud.target
    .activeSigns(cloud.topology)
    .find(({ router, node }) => router === 'r1' && node === host);
  if (place === undefined) throw new Error('router r1 is active nowhere');
  const agent = await cloud.cluster.agent(place.node);
  const link = (state: 'up' | 'down') =>
    agent.run(['ip', 'link', 'set', 'dev', place.device, state], { namespace: place.namespace });
  await using talk = await stream(await cloud.cluster.agent('internet1'), '', FLOATING);
  await talk.answered(20);
  await link('down');
  try {
    // Open vSwitch counts packets up to half a second late, and would learn then where the old host was.
    await forgetShortcuts(cloud.cluster);
    // A few may still be under way.
    await talk.answered(40, downInterval(cloud.topology.options) + 20);
  } finally {
    await link('up');
  }
  return (await talk.stop()).longest_gap_ms;
}
