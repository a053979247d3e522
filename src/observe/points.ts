/** Where frames are seen: both ends of every cable, and every device of a namespace. */
import type { Point } from '../journey/types.ts';
import { GUESTS, type NodeState, type WireEnd, type WireState } from '../state/types.ts';

/** The capture points of a cloud by their ids. */
export type Points = ReadonlyMap<string, Point>;

/**
 * The id of the point at one end of a cable: `web1:eth0` for a guest's NIC (guests are namespaces, so the server's
 * name is the namespace's), `compute1:tap0a1b2c3d-4e` or `tor1:swp3` for a device of a node.
 */
export function pointId(end: Pick<WireEnd, 'node' | 'namespace' | 'device'>): string {
  return `${placeOf(end)}:${end.device}`;
}

/** A device of a router, of DHCP or of a load balancer: an internal port of a node's switch, inside a namespace. */
export type ServiceDevice = Required<Pick<WireEnd, 'node' | 'namespace' | 'device'>>;

/** The devices in namespaces of a node, which are capture points too. */
export function serviceDevices(node: string, { ports }: Pick<NodeState, 'ports'>): ServiceDevice[] {
  return Object.values(ports).flatMap(({ name, type, namespace }) =>
    type === 'internal' && namespace !== undefined ? [{ node, namespace, device: name }] : [],
  );
}

/**
 * The cables at whose ends frames are captured. A plug inside a node is none of them, save where it leads from one
 * namespace to another (rfp- and fpr- of distributed routers): no switch sees what goes there.
 */
export const capturedWires = (wires: Readonly<Record<string, WireState>>): WireState[] =>
  Object.values(wires).filter((wire) => wire.kind !== 'plug' || isBetweenNamespaces(wire));

const isBetweenNamespaces = ({ kind, ends }: WireState): boolean =>
  kind === 'plug' && ends.every(({ namespace }) => namespace !== '');

/**
 * Both ends of every cable, and the devices in namespaces of `nodes`, as capture points, keyed by id. `localIps` tells the tunnel endpoints of nodes: with them, a
 * frame in a tunnel to somebody else (which a switch that has not learned the endpoint floods) is never taken for the
 * cause of what a node does.
 */
export function pointsOf(
  wires: Readonly<Record<string, WireState>>,
  localIps: Readonly<Record<string, string>> = {},
  nodes: Readonly<Record<string, Pick<NodeState, 'ports' | 'namespaces'>>> = {},
): Points {
  const points = new Map<string, Point>();
  for (const wire of capturedWires(wires)) {
    const [first, second] = wire.ends;
    for (const [end, other] of [
      [first, second],
      [second, first],
    ] as const) {
      const local_ip = localIps[placeOf(end)];
      if (isBetweenNamespaces(wire)) {
        points.set(pointId(end), {
          ...inNamespace(end, nodes),
          peer: pointId(other),
          object: wire.owner.name,
        });
        continue;
      }
      points.set(pointId(end), {
        id: pointId(end),
        kind: wire.kind === 'underlay' ? 'wire' : end.node === GUESTS ? 'guest' : 'tap',
        node: placeOf(end),
        device: end.device,
        peer: pointId(other),
        object: wire.kind === 'underlay' ? wire.key : wire.owner.name,
        ...(local_ip !== undefined && { local_ip }),
      });
    }
  }
  for (const [node, state] of Object.entries(nodes)) {
    for (const place of serviceDevices(node, state)) {
      const object = state.ports[place.device]?.owner.name ?? place.device;
      points.set(pointId(place), { ...inNamespace(place, nodes), peer: '', object });
    }
  }
  return points;
}

function inNamespace(
  { node, namespace, device }: ServiceDevice,
  nodes: Readonly<Record<string, Pick<NodeState, 'namespaces'>>>,
): Omit<Point, 'peer' | 'object'> {
  const addresses = Object.values(nodes[node]?.namespaces[namespace]?.addresses ?? {})
    .filter((address) => address.device === device)
    .map(({ cidr }) => cidr.split('/')[0] as string);
  return {
    id: pointId({ node, namespace, device }),
    kind: 'namespace',
    node,
    device,
    namespace,
    ...(addresses.length > 0 && { addresses }),
  };
}

function placeOf(end: Pick<WireEnd, 'node' | 'namespace'>): string {
  return end.node === GUESTS ? end.namespace : end.node;
}
