/** A cloud of which some hosts are gone, as the others meet it. */
import type { Topology } from '../topology/topology.ts';

const cache = new WeakMap<Topology, Topology>();

/**
 * Without the cables of hosts whose agents no longer report, and with nobody there. Source: RFC 1812 and IEEE 802.1D
 * have it that what goes to a dead port goes nowhere; that such a host is dead is the document's word.
 */
export function living(topology: Topology): Topology {
  const { silent_hosts, underlay, ports } = topology;
  if (silent_hosts.length === 0) return topology;
  const known = cache.get(topology);
  if (known) return known;
  const gone = new Set(silent_hosts);
  const left: Topology = {
    ...topology,
    underlay: {
      ...underlay,
      links: underlay.links.filter(({ ends }) => !ends.some(({ host }) => gone.has(host))),
    },
    ports: Object.fromEntries(
      Object.entries(ports).map(([name, port]) =>
        gone.has(port['binding:host_id'] ?? '') ? [name, { ...port, admin_state_up: false }] : [name, port],
      ),
    ),
  };
  cache.set(topology, left);
  return left;
}
