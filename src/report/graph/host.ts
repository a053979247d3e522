import type { Topology, UnderlayHost, UnderlayInterface } from '../../topology/topology.ts';
import { CELL_H, cellBlock, GUTTER, gridOf } from './server.ts';
import { fitText, textWidth } from './text.ts';
import type { Block, Box, Line, XY } from './types.ts';

const PAD = 10;
const NIC_W = 76;
const NIC_H = 32;
const BRIDGE_H = 26;
const GAP = 22;
const FOOTER = 28;

/** The bridge that an interface of a host leads to; undefined where only the host's own stack uses it. */
export function bridgeOf(topology: Topology, nic: UnderlayInterface): string | undefined {
  for (const name of nic.networks) {
    const network = topology.underlay.networks[name];
    if (network?.type === 'tunnel') return 'br-tun';
    if (network?.bridge !== undefined) return network.bridge;
    if (network?.physical_network !== undefined) return `br-${network.physical_network}`;
  }
  return undefined;
}

/** True for hosts that run the switch agent. */
export function hasBridges(topology: Topology, host: UnderlayHost): boolean {
  if (host.role === 'compute' || host.role === 'network' || host.role === 'gateway') return true;
  return Object.values(topology.servers).some((server) => server.host === host.name);
}

interface Column {
  readonly bridge: string | undefined;
  readonly nics: readonly UnderlayInterface[];
  readonly width: number;
}

/** A host with its interfaces on the upper edge, its bridges below and its servers inside. */
export function hostBlock(topology: Topology, host: UnderlayHost, minHeight = 0): Block {
  const bridged = hasBridges(topology, host);
  const columns = columnsOf(topology, host, bridged);
  const grid = gridOf(topology, host);
  const footerText = [host.role, host.local_ip].filter(Boolean).join(' · ');
  const inner = Math.max(
    columns.reduce((sum, column) => sum + column.width + 8, -8),
    grid.width,
    textWidth(host.name, 'name') + textWidth(footerText, 'role') + 14,
    96,
  );
  const w = inner + 2 * PAD;
  const boxes: Box[] = [];
  const lines: Line[] = [];
  const id = (name: string) => `${host.name}/${name}`;

  const bridgeTop = NIC_H + GAP;
  const intTop = columns.some((column) => column.bridge !== undefined)
    ? bridgeTop + BRIDGE_H + GAP
    : bridgeTop;
  const intBottom = intTop + BRIDGE_H;
  const spare =
    columns.length === 0 ? 0 : (inner - columns.reduce((s, c) => s + c.width, 0)) / columns.length;
  let left = PAD;
  for (const column of columns) {
    const width = column.width + spare;
    const middle = left + width / 2;
    const nicLeft = middle - (column.nics.length * (NIC_W + 6) - 6) / 2;
    for (const [index, nic] of column.nics.entries()) {
      boxes.push(nicBox(host.name, nic, nicLeft + index * (NIC_W + 6), 0));
      if (column.bridge === undefined) continue;
      const x = nicLeft + index * (NIC_W + 6) + NIC_W / 2;
      const stack = column.bridge === 'br-tun';
      lines.push({
        kind: stack ? 'stack' : 'uplink',
        from: `${host.name}:${nic.device}`,
        to: id(column.bridge),
        points: [
          [x, NIC_H],
          [x, bridgeTop],
          [x, bridgeTop + BRIDGE_H / 2],
        ],
        title: stack ? `tunnel endpoint ${nic.address ?? ''}` : `${nic.device} is a port of ${column.bridge}`,
      });
    }
    if (column.bridge !== undefined) {
      boxes.push(bridgeBox(host.name, column.bridge, middle - column.width / 2, bridgeTop, column.width));
      const patch: XY[] = [
        [middle, bridgeTop + BRIDGE_H / 2],
        [middle, intTop + BRIDGE_H / 2],
      ];
      lines.push({
        kind: 'patch',
        from: id(column.bridge),
        to: id('br-int'),
        points: patch,
        title: 'patch ports',
      });
    }
    left += width;
  }
  if (bridged) boxes.push(bridgeBox(host.name, 'br-int', PAD, intTop, inner));

  const gridTop = intBottom + 6;
  for (const [index, cell] of grid.cells.entries()) {
    const column = index % grid.columns;
    const row = Math.floor(index / grid.columns);
    const extra = (inner - grid.width) / 2;
    const cellLeft = PAD + extra + column * (grid.cellWidth + GUTTER) + (grid.rows > 1 ? GUTTER : 0);
    const part = cellBlock(topology, host.name, cell, grid.cellWidth, {
      x: cellLeft,
      y: gridTop + row * (CELL_H + 8),
      from: intBottom - BRIDGE_H / 2,
      row,
    });
    boxes.push(...part.boxes);
    lines.push(...part.lines);
  }

  const content = bridged ? intBottom + (grid.rows > 0 ? 6 + grid.rows * (CELL_H + 8) : GAP / 2) : NIC_H + 12;
  const h = Math.max(content + 6 + FOOTER, minHeight);
  boxes.unshift({
    id: host.name,
    kind: 'host',
    x: 0,
    y: 0,
    w,
    h,
    title: `${host.name} (${host.role})`,
    texts: [
      { text: fitText(host.name, inner, 'name'), x: PAD, y: h - 10, anchor: 'start', style: 'name' },
      { text: footerText, x: w - PAD, y: h - 10, anchor: 'end', style: 'role' },
    ],
  });
  return { w, h, boxes, lines };
}

function columnsOf(topology: Topology, host: UnderlayHost, bridged: boolean): Column[] {
  const groups = new Map<string, { bridge: string | undefined; nics: UnderlayInterface[] }>();
  for (const nic of host.interfaces) {
    const bridge = bridged ? bridgeOf(topology, nic) : undefined;
    const key = bridge ?? `:${nic.device}`;
    const group = groups.get(key) ?? { bridge, nics: [] };
    group.nics.push(nic);
    groups.set(key, group);
  }
  return [...groups.values()].map(({ bridge, nics }) => ({
    bridge,
    nics,
    width: Math.max(
      nics.length * (NIC_W + 6) - 6,
      bridge === undefined ? 0 : textWidth(bridge, 'bridge') + 14,
    ),
  }));
}

/** An interface: device over the name of what it is on. */
export function nicBox(host: string, nic: UnderlayInterface, x: number, y: number): Box {
  const networks = nic.networks.join(', ');
  const middle = x + NIC_W / 2;
  return {
    id: `${host}:${nic.device}`,
    kind: 'nic',
    x,
    y,
    w: NIC_W,
    h: NIC_H,
    parent: host,
    title: [`${host} ${nic.device}`, networks, nic.address, nic.mac_address].filter(Boolean).join(' · '),
    texts: [
      {
        text: fitText(nic.device, NIC_W - 6, 'device'),
        x: middle,
        y: y + 14,
        anchor: 'middle',
        style: 'device',
      },
      {
        text: fitText(networks, NIC_W - 6, 'network'),
        x: middle,
        y: y + 25,
        anchor: 'middle',
        style: 'network',
      },
    ],
  };
}

export const NIC = { w: NIC_W, h: NIC_H } as const;

function bridgeBox(host: string, name: string, x: number, y: number, w: number): Box {
  const text = fitText(name, w - 8, 'bridge');
  // Lines and ways of packets cross br-int; its left end stays free for its name.
  const wide = name === 'br-int';
  return {
    id: `${host}/${name}`,
    kind: 'bridge',
    x,
    y,
    w,
    h: BRIDGE_H,
    parent: host,
    title: `${host} ${name}`,
    texts: [
      { text, x: wide ? x + 9 : x + w / 2, y: y + 17, anchor: wide ? 'start' : 'middle', style: 'bridge' },
    ],
  };
}
