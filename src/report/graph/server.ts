import type { Port, Server, Topology, UnderlayHost } from '../../topology/topology.ts';
import { servicesOf } from './services.ts';
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

/** A port of a server or of a namespace. */
interface Plug {
  readonly port: Port;
  /** The device on br-int. */
  readonly device: string;
  /** The capture point, or the box, to which the device leads. */
  readonly inner: string;
  readonly title: string;
}

/** What stands on a host with its ports above it: a server, or the namespace of a router, of DHCP, of a balancer. */
export interface Cell {
  readonly kind: 'server' | 'namespace';
  readonly id: string;
  readonly name: string;
  readonly title: string;
  readonly plugs: readonly Plug[];
  readonly width: number;
}

/** How the servers and the namespaces of a host stand. */
export function gridOf(topology: Topology, host: UnderlayHost) {
  const servers = Object.values(topology.servers).filter((server) => server.host === host.name);
  const cells = [...servers.map((server) => serverCell(topology, server)), ...namespaceCells(topology, host)];
  const columns = cells.length === 2 ? 2 : Math.max(1, Math.ceil(Math.sqrt(cells.length * 0.4)));
  const rows = Math.ceil(cells.length / columns);
  const cellWidth = Math.max(0, ...cells.map((cell) => cell.width));
  const width = cells.length === 0 ? 0 : columns * (cellWidth + GUTTER) - GUTTER + (rows > 1 ? GUTTER : 0);
  return { cells, columns, rows, cellWidth, width };
}

function serverCell(topology: Topology, { name, host, nics }: Server): Cell {
  const plugs = nics.flatMap((nic): Plug[] => {
    const port = topology.ports[nic.port];
    if (port === undefined) return [];
    const title = `${name} ${nic.device} on ${port.network}`;
    return [{ port, device: tapName(port), inner: `${name}:${nic.device}`, title }];
  });
  return {
    kind: 'server',
    id: name === host ? `server ${name}` : name,
    name,
    title: [name, ...nics.map((nic) => portTitle(nic.device, topology.ports[nic.port]))].join('\n'),
    plugs,
    width: Math.max(SERVER_W, nics.length * (TAP_W + 8)),
  };
}

function namespaceCells(topology: Topology, host: UnderlayHost): Cell[] {
  return servicesOf(topology, host).map(({ name, ports }): Cell => {
    const id = `${host.name}/${name}`;
    const plugs = ports.map(({ port, device }) => ({
      port,
      device,
      inner: id,
      title: `${device} of ${name} on ${port.network}`,
    }));
    const title = [name, ...ports.map(({ port, device }) => portTitle(device, port))].join('\n');
    // The numbers of a way's hops stand beside the devices.
    const width = Math.max(SERVER_W, plugs.length * (TAP_W + 28));
    return { kind: 'namespace', id, name, title, plugs, width };
  });
}

/** A server or a namespace, the devices above it, and the lines from them to br-int. */
export function cellBlock(
  topology: Topology,
  host: string,
  cell: Cell,
  width: number,
  at: { x: number; y: number; from: number; row: number },
): Pick<Block, 'boxes' | 'lines'> {
  const boxes: Box[] = [];
  const lines: Line[] = [];
  const marks: Mark[] = [];
  const texts: Box['texts'][number][] = [];
  const names = Object.keys(topology.networks);
  const serverTop = at.y + DROP + TAP_H + CABLE;
  const share = width / cell.plugs.length;
  for (const [index, { port, device, inner, title }] of cell.plugs.entries()) {
    const network = Math.max(0, names.indexOf(port.network)) % NETWORK_COLOURS;
    const x = at.x + (index + 0.5) * share;
    const tap = `${host}:${device}`;
    const address = port.fixed_ips[0]?.ip_address ?? port.mac_address;
    const tapTop = at.y + DROP;
    boxes.push({
      id: tap,
      kind: 'tap',
      x: x - TAP_W / 2,
      y: tapTop,
      w: TAP_W,
      h: TAP_H,
      parent: host,
      title: `${device} holds ${port.name} on ${port.network}`,
      texts: [{ text: device, x, y: tapTop + 11.5, anchor: 'middle', style: 'tap' }],
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
    // Of two ways equally short the one that is drawn first is taken: between two devices of a namespace through it.
    lines.push(
      {
        kind: 'guest',
        from: tap,
        to: inner,
        points: [
          [x, tapTop + TAP_H / 2],
          [x, serverTop],
          [x, serverTop + 1],
        ],
        title,
        network,
      },
      {
        kind: 'tap',
        from: `${host}/br-int`,
        to: tap,
        points: rise,
        title: `${device} is a port of br-int`,
      },
    );
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
    text: fitText(cell.name, width - 10, 'server'),
    x: at.x + width / 2,
    y: serverTop + 17,
    anchor: 'middle',
    style: 'server',
  });
  boxes.push({
    id: cell.id,
    kind: cell.kind,
    x: at.x,
    y: serverTop,
    w: width,
    h: SERVER_H,
    parent: host,
    title: cell.title,
    texts,
    marks,
  });
  return { boxes, lines };
}

function portTitle(device: string, port: Port | undefined): string {
  if (port === undefined) return device;
  return `${device}: ${[...port.fixed_ips.map((ip) => ip.ip_address), port.mac_address, port.network].join(' · ')}`;
}
