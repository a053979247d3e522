import { expect, test } from 'vitest';
import { loadCloud } from '../../topology/index.ts';
import { type PathRow, pathsMarkdown, pathsText, routerKind } from './render.ts';
import type { Traffic } from './traffic.ts';
import type { Way } from './way.ts';

const { routers } = await loadCloud('fixtures/clouds/juno-routers.yaml');

function row(traffic: Traffic, name: string, rest: Omit<PathRow, 'trip'>): PathRow {
  const router = routers[name];
  if (!router) throw new Error(`no router ${name}`);
  return { trip: { traffic, router, from: 'one', to: 'other', address: '10.0.0.1' }, ...rest };
}

const way = (nodes: string, wires: number, ttl: number): Way => ({ nodes: nodes.split(' '), wires, ttl });

const ROWS: readonly PathRow[] = [
  row('east-west, same host', 'legacy', {
    result: 'passed',
    request: way('compute1 network1 compute1', 4, -1),
    reply: way('compute1 network1 compute1', 4, -1),
  }),
  row('east-west, same host', 'dvr', {
    result: 'passed',
    request: way('compute1', 0, -1),
    reply: way('compute1', 0, -1),
  }),
  row('north-south, SNAT', 'legacy', {
    result: 'failed',
    request: way('compute1 network1 internet1', 5, -2),
  }),
  row('north-south, SNAT', 'dvr', {
    result: 'passed',
    request: way('compute1 network1 internet1', 5, -3),
    reply: way('internet1 network1 compute1', 5, -2),
  }),
  row('north-south, SNAT', 'dvr-ha', {
    result: 'passed',
    request: way('compute1 network2 internet1', 5, 0),
    reply: way('internet1 network2 compute2 compute1', 7, 0),
  }),
  row('IPv6 north-south', 'legacy', { result: 'inconclusive' }),
  row('IPv6 north-south', 'dvr', { result: 'passed' }),
  row('IPv6 north-south', 'dvr-ha', { result: 'nothing' }),
];

test('as Markdown', async () => {
  await expect(`${pathsMarkdown(ROWS)}\n`).toMatchFileSnapshot('golden/paths.md');
});

test('for a terminal', async () => {
  await expect(`${pathsText(ROWS)}\n`).toMatchFileSnapshot('golden/paths.txt');
});

test('nothing is said of VRRP where it has not chosen', () => {
  expect(pathsMarkdown(ROWS.slice(0, 2))).not.toContain('VRRP');
});

test('routers of a kind are told apart by their names', () => {
  const { dvr } = routers;
  if (!dvr) throw new Error('no router dvr');
  const rows = ROWS.slice(0, 2).map((one) => ({
    ...one,
    trip: { ...one.trip, router: { ...dvr, name: one.trip.router.name } },
  }));
  expect(pathsText(rows)).toContain('DVR (legacy)');
  expect(pathsText(rows)).toContain('DVR (dvr)');
});

test.for([
  [{ distributed: false, ha: false }, 'legacy'],
  [{ distributed: false, ha: true }, 'HA'],
  [{ distributed: true, ha: false }, 'DVR'],
  [{ distributed: true, ha: true }, 'DVR + HA'],
] as const)('%o is %s', ([router, kind]) => {
  expect(routerKind(router)).toBe(kind);
});
