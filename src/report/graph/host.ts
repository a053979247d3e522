import type { Port, Server, Topology, UnderlayHost, UnderlayInterface } from '../../topology/topology.ts';
import { fitText, textWidth } from './text.ts';
import type { Block, Box, Line, Mark, XY } from './types.ts';
import { NETWORK_COLOURS } from './types.ts';

const PAD = 10;
const NIC_W = 76;
const NIC_H = 32;
const BRIDGE_H = 26;
const GAP = 22;
const FOOTER = 28;
const TAP_H = 16;
const TAP_W = 82;
const CABLE = 12;
const SERVER_H = 42;
const SERVER_W = 112;
const DROP = 16;
const CELL_H = DROP + TAP_H + CABLE + SERVER_H;
const GUTTER = 14;

/** Neutron's name of the device by which a host holds a port. */
export function tapName(port: Pick<Port, 'id'>): string {
  return `tap${port.id.slice(0, 11)}`;
}

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

interface Cell {
  readonly server: Server;
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
    const part = serverBlock(topology, cell.server, grid.cellWidth, {
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

function gridOf(topology: Topology, host: UnderlayHost) {
  const servers = Object.values(topology.servers).filter((server) => server.host === host.name);
  const cells: Cell[] = servers.map((server) => ({
    server,
    width: Math.max(SERVER_W, server.nics.length * (TAP_W + 8)),
  }));
  const columns = cells.length === 2 ? 2 : Math.max(1, Math.ceil(Math.sqrt(cells.length * 0.4)));
  const rows = Math.ceil(cells.length / columns);
  const cellWidth = Math.max(0, ...cells.map((cell) => cell.width));
  const width = cells.length === 0 ? 0 : columns * (cellWidth + GUTTER) - GUTTER + (rows > 1 ? GUTTER : 0);
  return { cells, columns, rows, cellWidth, width };
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

/** A server, the taps above it, and the lines from them to br-int. */
function serverBlock(
  topology: Topology,
  server: Server,
  width: number,
  at: { x: number; y: number; from: number; row: number },
): Pick<Block, 'boxes' | 'lines'> {
  const boxes: Box[] = [];
  const lines: Line[] = [];
  const marks: Mark[] = [];
  const texts: Box['texts'][number][] = [];
  const names = Object.keys(topology.networks);
  const serverTop = at.y + DROP + TAP_H + CABLE;
  const share = width / server.nics.length;
  for (const [index, nic] of server.nics.entries()) {
    const port = topology.ports[nic.port];
    if (port === undefined) continue;
    const network = Math.max(0, names.indexOf(port.network)) % NETWORK_COLOURS;
    const x = at.x + (index + 0.5) * share;
    const tap = `${server.host}:${tapName(port)}`;
    const address = port.fixed_ips[0]?.ip_address ?? port.mac_address;
    const tapTop = at.y + DROP;
    boxes.push({
      id: tap,
      kind: 'tap',
      x: x - TAP_W / 2,
      y: tapTop,
      w: TAP_W,
      h: TAP_H,
      parent: server.host,
      title: `${tapName(port)} holds ${port.name} on ${port.network}`,
      texts: [{ text: tapName(port), x, y: tapTop + 11.5, anchor: 'middle', style: 'tap' }],
      marks: [{ x: x - TAP_W / 2, y: tapTop, w: 3, h: TAP_H, network }],
    });
    const gutter = at.x - GUTTER / 2;
    const rise: XY[] =
      at.row === 0
        ? [
            [x, at.from],
            [x, tapTop],
            [x, tapTop + TAP_H / 2],
          ]
        : [
            [gutter, at.from],
            [gutter, at.y + 6],
            [x, at.y + 6],
            [x, tapTop + TAP_H / 2],
          ];
    lines.push({
      kind: 'tap',
      from: `${server.host}/br-int`,
      to: tap,
      points: rise,
      title: `${tapName(port)} is a port of br-int`,
    });
    lines.push({
      kind: 'guest',
      from: tap,
      to: `${server.name}:${nic.device}`,
      points: [
        [x, tapTop + TAP_H / 2],
        [x, serverTop],
        [x, serverTop + 1],
      ],
      title: `${server.name} ${nic.device} on ${port.network}`,
      network,
    });
    marks.push({ x: at.x + index * share, y: serverTop + SERVER_H - 4, w: share, h: 4, network });
    texts.push({
      text: fitText(address, share - 8, 'address'),
      x,
      y: serverTop + 31,
      anchor: 'middle',
      style: 'address',
    });
  }
  texts.unshift({
    text: fitText(server.name, width - 10, 'server'),
    x: at.x + width / 2,
    y: serverTop + 17,
    anchor: 'middle',
    style: 'server',
  });
  boxes.push({
    id: server.name === server.host ? `server ${server.name}` : server.name,
    kind: 'server',
    x: at.x,
    y: serverTop,
    w: width,
    h: SERVER_H,
    parent: server.host,
    title: [server.name, ...server.nics.map((nic) => nicTitle(topology, nic.device, nic.port))].join('\n'),
    texts,
    marks,
  });
  return { boxes, lines };
}

function nicTitle(topology: Topology, device: string, name: string): string {
  const port = topology.ports[name];
  if (port === undefined) return device;
  return `${device}: ${[...port.fixed_ips.map((ip) => ip.ip_address), port.mac_address, port.network].join(' · ')}`;
}
