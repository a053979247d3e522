import type { CloudState } from '../state/types.ts';
import type { Allocations, Topology } from '../topology/topology.ts';

export interface Compiled {
  readonly state: CloudState;
  /**
   * What this target chose and must not choose anew while the cloud runs (local VLAN ids, OpenFlow port numbers).
   * Only the target's own pools, named `<target>/…`; to be handed back as `previous`.
   */
  readonly allocations: Allocations;
}

/**
 * What an agent does once because something changed, besides the state that it leaves: it is in no CloudState, and is
 * carried out after the change. `run` is a command; `announce` says by gratuitous ARP (request and reply, as
 * `arping -U` and `-A`) where an address is.
 */
export type Effect = {
  readonly node: string;
  /** '' is the node's own. */
  readonly namespace: string;
  /** Why, in one line. */
  readonly because: string;
} & (
  | {
      readonly kind: 'run';
      readonly argv: readonly string[];
      /** Exit codes that mean that it is done; default 0 alone. */
      readonly codes?: readonly number[];
    }
  | {
      readonly kind: 'announce';
      readonly device: string;
      readonly mac_address: string;
      readonly ip_address: string;
    }
);

/** What a target chose (Compiled.allocations) before and after a change. */
export interface Chosen {
  readonly before: Allocations;
  readonly after: Allocations;
}

/** How to tell where a router with ha is active: there the device has the address. */
export interface ActiveSign {
  readonly router: string;
  readonly node: string;
  readonly namespace: string;
  readonly device: string;
  readonly ip_address: string;
}

/**
 * A system under test: it says what each node must hold so that a Topology comes true.
 *
 * `compile` is pure: the same topology and the same previous allocations give the same state, nothing is looked up and
 * nothing is started. What differs from one run to the next on purpose (the datapath type that a kernel allows, the
 * names of containers) is the engine's choice and not in the state.
 *
 * A target that runs the real daemons (ovn-controller, neutron-openvswitch-agent) keeps this shape: the configuration
 * files and the processes are pieces of its NodeState, so that they are planned, diffed, applied and reaped like
 * bridges and addresses. The Topology itself is then not in the state but told to the daemons through their own API,
 * once they run; such a target brings that along as a function of its own beside `compile`, and what the daemons make
 * of it (flows, ports, namespaces) is theirs and absent from the state, so that a diff never undoes it.
 */
export interface Target {
  readonly name: 'ml2-ovs';
  /** What scenarios may ask for, such as 'vxlan' or 'l2_population'; a scenario that asks for more is skipped. */
  readonly capabilities: readonly string[];
  /** @throws NetdojoError ND_TARGET_CANNOT for what it would have to leave out */
  compile(topology: Topology, previous?: Allocations): Compiled;
  /** What has to be done once when a running cloud goes from one topology to another. Pure. */
  effects(before: Topology, after: Topology, chosen: Chosen): readonly Effect[];
  /** One for each host of each router with ha that is up. Pure. */
  activeSigns(topology: Topology): readonly ActiveSign[];
}
