/** The devices at which frames are captured, as the agents know them. */
import { type CloudState, GUESTS, type WireEnd } from '../../state/index.ts';
import { capturedWires, pointId, serviceDevices } from '../points.ts';

export interface Place {
  readonly node: string;
  /** '' is the node's own. */
  readonly namespace: string;
  readonly device: string;
  /** Point id. */
  readonly id: string;
  /** The switch at the other side returns markers; otherwise a kernel's stack is there, which does not. */
  readonly answers: boolean;
  /** Tunnels that are seen here are the cloud's own. */
  readonly underlay: boolean;
}

/** A port of Open vSwitch on a node. */
export interface SwitchPort {
  readonly node: string;
  readonly bridge: string;
  readonly device: string;
}

/**
 * The port of Open vSwitch that what arrives at a cable's end comes to: the end itself, or, where the end is a port of
 * a Linux bridge (iptables_hybrid), the far end of the plug that leads from there to Open vSwitch.
 */
export function switchPortOf({ wires, nodes }: CloudState, end: WireEnd): SwitchPort | undefined {
  const { node, namespace, device, bridge } = end;
  if (bridge !== undefined) return { node, bridge, device };
  const links = nodes[node]?.namespaces[namespace]?.links;
  const master = links?.[device]?.master;
  if (master === undefined) return undefined;
  const plugs = Object.values(wires).filter(({ kind, ends }) => kind === 'plug' && ends[0].node === node);
  for (const { ends } of plugs) {
    const held = ends.some((one) => links?.[one.device]?.master === master);
    const far = ends.find((one) => one.bridge !== undefined);
    if (held && far?.bridge !== undefined) return { node, bridge: far.bridge, device: far.device };
  }
  return undefined;
}

/** A server's port behind a Linux bridge (iptables_hybrid). */
export interface HybridPort {
  /** The server's. */
  readonly mac_address: string | undefined;
  readonly tap: string;
  /** The bridge's port towards Open vSwitch. */
  readonly inner: string;
}

/** The ports of a node that have a firewall of iptables between them and Open vSwitch. */
export function hybridPortsOf({ wires, nodes }: CloudState, node: string): HybridPort[] {
  const links = nodes[node]?.namespaces['']?.links;
  const all = Object.values(wires);
  return all.flatMap(({ kind, ends: [guest, host] }): HybridPort[] => {
    const master = kind === 'guest' && host.node === node ? links?.[host.device]?.master : undefined;
    if (master === undefined) return [];
    const inner = all
      .filter((wire) => wire.kind === 'plug')
      .flatMap((wire) => wire.ends)
      .find((end) => end.node === node && links?.[end.device]?.master === master);
    return inner ? [{ mac_address: guest.mac_address, tap: host.device, inner: inner.device }] : [];
  });
}

/** Both ends of every cable, and the devices in namespaces, each of which Open vSwitch holds at its other side. */
export function placesOf(state: CloudState): Place[] {
  const { wires, nodes } = state;
  const ends = capturedWires(wires).flatMap(({ kind, ends: [a, b] }) =>
    [
      [a, b],
      [b, a],
    ].map(([near, far]): Place => {
      const { node, namespace, device } = near as typeof a;
      const answers = far !== undefined && switchPortOf(state, far) !== undefined;
      return {
        node,
        namespace,
        device,
        id: pointId({ node, namespace, device }),
        answers,
        underlay: kind === 'underlay',
      };
    }),
  );
  const devices = Object.entries(nodes).flatMap(([node, there]) =>
    serviceDevices(node, there).map(
      (place): Place => ({ ...place, id: pointId(place), answers: true, underlay: false }),
    ),
  );
  return [...ends, ...devices];
}

/** Namespaces of a node, each with the names of its devices. */
export type NamespaceDevices = ReadonlyMap<string, readonly string[]>;

export function devicesByNode(places: readonly Place[]): Map<string, NamespaceDevices> {
  const nodes = new Map<string, Map<string, string[]>>();
  for (const { node, namespace, device } of places) {
    const namespaces = nodes.get(node) ?? new Map<string, string[]>();
    nodes.set(node, namespaces);
    namespaces.set(namespace, [...(namespaces.get(namespace) ?? []), device]);
  }
  return nodes;
}

/**
 * Namespaces that go with a change of state, or may go and come again: by node. `all` for a change that mends what was
 * cut short, and may do any of it anew.
 */
export function namespacesGone(before: CloudState, after: CloudState, all: boolean): Map<string, string[]> {
  const places = new Map(placesOf(after).map((place) => [place.id, place]));
  const gone = new Map<string, Set<string>>();
  const goes = (node: string, namespace: string): void => {
    gone.set(node, (gone.get(node) ?? new Set()).add(namespace));
  };
  for (const [key, wire] of Object.entries(before.wires)) {
    const changed = JSON.stringify(after.wires[key]) !== JSON.stringify(wire);
    if (wire.kind !== 'guest' || !(all || changed)) continue;
    for (const end of wire.ends) if (end.node === GUESTS) goes(end.node, end.namespace);
  }
  for (const { node, namespace, id } of placesOf(before)) {
    if (node === GUESTS || namespace === '') continue;
    if (all || places.get(id)?.namespace !== namespace) goes(node, namespace);
  }
  return new Map([...gone].map(([node, namespaces]) => [node, [...namespaces]]));
}
