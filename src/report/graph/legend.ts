import type { Topology } from '../../topology/topology.ts';
import { fitText, textWidth } from './text.ts';
import type { Block, BoxText, Mark, NetworkKey } from './types.ts';
import { NETWORK_COLOURS } from './types.ts';

const ROW = 18;
const MOST = 12;

/** What each colour of a tenant network means. */
export function networkKeys(topology: Topology): NetworkKey[] {
  return Object.values(topology.networks).map((network) => ({
    name: network.name,
    label: [network['provider:network_type'], network['provider:segmentation_id']]
      .filter((part) => part !== undefined)
      .join(' '),
  }));
}

/** The list of tenant networks with their colours; empty where there are none. */
export function legendBlock(topology: Topology): Block {
  const keys = networkKeys(topology);
  if (keys.length === 0) return { w: 0, h: 0, boxes: [], lines: [] };
  const subnets = (name: string) =>
    Object.values(topology.subnets)
      .filter((subnet) => subnet.network === name)
      .map((subnet) => subnet.cidr)
      .join(', ');
  const rows = keys.slice(0, MOST).map((key) => ({
    name: fitText(key.name, 120, 'address'),
    detail: fitText([key.label, subnets(key.name)].filter(Boolean).join(' · '), 210, 'address'),
  }));
  const nameW = Math.max(...rows.map((row) => textWidth(row.name, 'address')));
  const detailW = Math.max(...rows.map((row) => textWidth(row.detail, 'address')));
  const w = 12 + 18 + nameW + 14 + detailW + 12;
  const texts: BoxText[] = [{ text: 'Tenant networks', x: 12, y: 18, anchor: 'start', style: 'role' }];
  const marks: Mark[] = [];
  for (const [index, row] of rows.entries()) {
    const y = 38 + index * ROW;
    marks.push({ x: 12, y: y - 9, w: 10, h: 10, network: index % NETWORK_COLOURS });
    texts.push({ text: row.name, x: 30, y, anchor: 'start', style: 'address' });
    texts.push({ text: row.detail, x: 30 + nameW + 14, y, anchor: 'start', style: 'address' });
  }
  const more = keys.length - rows.length;
  const h = 32 + (rows.length + (more > 0 ? 1 : 0)) * ROW;
  if (more > 0) texts.push({ text: `and ${more} more`, x: 30, y: h - 12, anchor: 'start', style: 'address' });
  return {
    w,
    h,
    lines: [],
    boxes: [{ id: '(legend)', kind: 'legend', x: 0, y: 0, w, h, title: '', texts, marks }],
  };
}
