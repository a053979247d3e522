import type { Port, Server, Topology, UnderlayHost } from '../../topology/topology.ts';
import { fitText } from './text.ts';
import { type Block, type Box, type Line, type Mark, NETWORK_COLOURS, type XY } from './types.ts';

const TAP_H = 16;
const TAP_W = 82;
const CABLE = 12;
const SERVER_H = 42;
const SERVER_W = 112;
const DROP = 16;
/** Height of a server with its taps and the lines above them. */
export const CELL_H: number = DROP + TAP_H + CABLE + SERVER_H;
/** Between two columns of servers; the lines to further rows run there. */
export const GUTTER = 14;

/** Neutron's name of the device by which a host holds a port. */
export function tapName(port: Pick<Port, 'id'>): string {
  return `tap${port.id.slice(0, 11)}`;
}

interface Cell {
  readonly server: Server;
  readonly width: number;
}

/** How the servers of a host stand. */
export function gridOf(topology: Topology, host: UnderlayHost) {
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

/** A server, the taps above it, and the lines from them to br-int. */
export function serverBlock(
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
