import type { Topology, UnderlayHost, UnderlayInterface } from '../../topology/topology.ts';
import { cableLines } from './cables.ts';
import { hostBlock } from './host.ts';
import { legendBlock, networkKeys } from './legend.ts';
import { switchRows } from './switches.ts';
import { type Block, type Box, type Layout, type Line, moved } from './types.ts';
import { upperBlock } from './upper.ts';

const MARGIN = 16;
const HOST_GAP = 22;
const LAYER_GAP = 42;

const ORDER = ['controller', 'compute', 'network', 'gateway'];

/**
 * Where everything of a topology is drawn: the internet on top, upstream routers, switches, then the hosts with their
 * servers inside. The same topology gives the same drawing, and no two boxes overlap unless one lies inside the other.
 */
export function layout(topology: Topology): Layout {
  const hosts = Object.values(topology.underlay.hosts);
  const peers = peersOf(topology);
  const lowers = hosts
    .filter((host) => ORDER.includes(host.role))
    .toSorted(
      (a, b) =>
        firstSwitch(a, hosts, peers) - firstSwitch(b, hosts, peers) ||
        ORDER.indexOf(a.role) - ORDER.indexOf(b.role),
    );
  const lowerBlocks = hostRow(topology, lowers);
  const legend = legendBlock(topology);
  const stacks = upperStacks(hosts, peers);

  const lowerW = lowerBlocks.reduce((sum, block) => sum + block.w + HOST_GAP, -HOST_GAP);
  const upperW = stacks.reduce((sum, stack) => sum + stack.w + HOST_GAP, -HOST_GAP);
  const upperH = Math.max(legend.h, ...stacks.map((stack) => stack.h), 0);
  const legendRight = legend.w === 0 ? MARGIN : MARGIN + legend.w + HOST_GAP;
  const upperLeft = Math.max(legendRight, MARGIN + lowerW - Math.max(0, upperW));
  const width = Math.max(MARGIN + lowerW, stacks.length > 0 ? upperLeft + upperW : 0, legendRight) + MARGIN;

  const boxes: Box[] = [];
  const lines: Line[] = [];
  const place = (block: Block, x: number, y: number) => {
    const at = moved(block, x, y);
    boxes.push(...at.boxes);
    lines.push(...at.lines);
  };
  place(legend, MARGIN, MARGIN);
  let x = upperLeft;
  for (const stack of stacks) {
    place(stack, x, MARGIN + upperH - stack.h);
    x += stack.w + HOST_GAP;
  }

  const lowerLeft = Math.max(MARGIN, (width - lowerW) / 2);
  const placed: Box[] = [];
  let at = lowerLeft;
  for (const block of lowerBlocks) {
    placed.push(...moved(block, at, 0).boxes);
    at += block.w + HOST_GAP;
  }
  const switches = switchRows(topology, [...boxes, ...placed]);
  const switchTop = upperH === 0 ? MARGIN : MARGIN + upperH + LAYER_GAP;
  place(switches, 0, switchTop);
  const hostTop = switchTop + (switches.h === 0 ? 0 : switches.h + LAYER_GAP);
  at = lowerLeft;
  for (const block of lowerBlocks) {
    place(block, at, hostTop);
    at += block.w + HOST_GAP;
  }
  const height = hostTop + Math.max(0, ...lowerBlocks.map((block) => block.h)) + MARGIN;
  lines.push(...cableLines(topology, boxes));
  const right = Math.max(width, ...boxes.map((box) => box.x + box.w + MARGIN));
  return { width: right, height, boxes, lines, networks: networkKeys(topology) };
}

/** For each interface, keyed `host:device`, the host at the other end. */
function peersOf(topology: Topology): ReadonlyMap<string, string> {
  const peers = new Map<string, string>();
  for (const { ends } of topology.underlay.links) {
    peers.set(`${ends[0].host}:${ends[0].device}`, ends[1].host);
    peers.set(`${ends[1].host}:${ends[1].device}`, ends[0].host);
  }
  return peers;
}

/** Hosts of one switch stand together. */
function firstSwitch(
  host: UnderlayHost,
  hosts: readonly UnderlayHost[],
  peers: ReadonlyMap<string, string>,
): number {
  const switches = hosts.filter((other) => other.role === 'switch').map((other) => other.name);
  const found = host.interfaces.map((nic) => switches.indexOf(peers.get(`${host.name}:${nic.device}`) ?? ''));
  return Math.min(switches.length, ...found.filter((index) => index >= 0));
}

/** Hosts of a role are equally high. */
function hostRow(topology: Topology, hosts: readonly UnderlayHost[]): Block[] {
  const blocks = hosts.map((host) => hostBlock(topology, host));
  return hosts.map((host, index) => {
    const same = blocks.filter((_, other) => hosts[other]?.role === host.role);
    const highest = Math.max(...same.map((block) => block.h));
    const block = blocks[index] as Block;
    return block.h === highest ? block : hostBlock(topology, host, highest);
  });
}

/** Each router with the internet hosts that hang on it alone above it; other internet hosts stand by themselves. */
function upperStacks(hosts: readonly UnderlayHost[], peers: ReadonlyMap<string, string>): Block[] {
  const routers = hosts.filter((host) => host.role === 'router');
  const outside = hosts.filter((host) => host.role === 'internet');
  const roleOf = new Map(hosts.map((host) => [host.name, host.role]));
  const peer = (host: UnderlayHost, nic: UnderlayInterface) => peers.get(`${host.name}:${nic.device}`) ?? '';
  const homeOf = (host: UnderlayHost) => {
    const homes = new Set(host.interfaces.map((nic) => peer(host, nic)));
    const [home] = homes;
    return homes.size === 1 && home !== undefined && roleOf.get(home) === 'router' ? home : undefined;
  };
  const alone = outside
    .filter((host) => homeOf(host) === undefined)
    .map((host) => upperBlock(host, () => false));
  return [
    ...routers.map((router) => {
      const base = upperBlock(router, (nic) => roleOf.get(peer(router, nic)) === 'internet');
      const above = outside
        .filter((host) => homeOf(host) === router.name)
        .map((host) => upperBlock(host, () => false));
      return stacked(base, above);
    }),
    ...alone,
  ];
}

function stacked(base: Block, above: readonly Block[]): Block {
  const aboveW = above.reduce((sum, block) => sum + block.w + HOST_GAP, -HOST_GAP);
  const w = Math.max(base.w, aboveW);
  const aboveH = Math.max(0, ...above.map((block) => block.h));
  const baseTop = aboveH === 0 ? 0 : aboveH + 24;
  const parts = [moved(base, (w - base.w) / 2, baseTop)];
  let x = (w - aboveW) / 2;
  for (const block of above) {
    parts.push(moved(block, x, aboveH - block.h));
    x += block.w + HOST_GAP;
  }
  return { w, h: baseTop + base.h, boxes: parts.flatMap((part) => part.boxes), lines: [] };
}
