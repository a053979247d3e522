import type {
  BridgeState,
  LinkState,
  NamespaceState,
  NodeState,
  OvsPortState,
  Owner,
  RouteState,
  TunnelNeighbourState,
} from '../../state/types.ts';
import { FlowSet } from './flow-set.ts';
import { bridgeMac } from './names.ts';

/** OpenFlow's number for the port that a bridge itself is (OFPP_LOCAL). */
export const LOCAL_OFPORT = 65_534;

export type PortInput = Omit<OvsPortState, 'options' | 'external_ids'> &
  Partial<Pick<OvsPortState, 'options' | 'external_ids'>>;

/** One namespace in the making. */
export class NamespaceBuilder {
  readonly #name: string;
  readonly #links = new Map<string, LinkState>();
  readonly #addresses = new Map<string, { device: string; cidr: string }>();
  readonly #routes = new Map<string, RouteState>();
  readonly #sysctls = new Map<string, string>();

  constructor(name: string) {
    this.#name = name;
  }

  link(link: LinkState): void {
    this.#links.set(link.device, link);
  }

  address(device: string, cidr: string): void {
    this.#addresses.set(`${device} ${cidr}`, { device, cidr });
  }

  /** The first route to a destination stays: a second interface does not take it over. */
  route(route: RouteState): void {
    if (!this.#routes.has(route.destination)) this.#routes.set(route.destination, route);
  }

  /** In this order: a later one may undo what an earlier one has set for all devices. */
  sysctls(values: Readonly<Record<string, string>>): void {
    for (const [name, value] of Object.entries(values)) this.#sysctls.set(name, value);
  }

  hasAddress(version: 4 | 6): boolean {
    return this.#addresses.values().some(({ cidr }) => cidr.includes(':') === (version === 6));
  }

  build(): NamespaceState {
    return {
      name: this.#name,
      links: Object.fromEntries(this.#links),
      addresses: Object.fromEntries(this.#addresses),
      routes: Object.fromEntries(this.#routes),
      neighbours: {},
      sysctls: Object.fromEntries(this.#sysctls),
    };
  }
}

/** One node in the making. */
export class NodeBuilder {
  readonly name: string;
  readonly root = new NamespaceBuilder('');
  readonly flows = new FlowSet();
  readonly #bridges = new Map<string, BridgeState>();
  readonly #ports = new Map<string, OvsPortState>();
  readonly #tunnelNeighbours = new Map<string, TunnelNeighbourState>();

  constructor(name: string) {
    this.name = name;
  }

  /**
   * `hwaddr` because a bridge otherwise takes the lowest address among its ports, and with it a datapath id, that
   * change whenever a port comes or goes.
   */
  bridge(
    name: string,
    fail_mode: BridgeState['fail_mode'],
    owner: Owner,
    other_config: Readonly<Record<string, string>> = {},
  ): void {
    const hwaddr = bridgeMac(name, this.name);
    this.#bridges.set(name, { name, fail_mode, other_config: { hwaddr, ...other_config }, owner });
  }

  port(port: PortInput): void {
    this.#ports.set(port.name, { options: {}, external_ids: {}, ...port });
  }

  tunnelNeighbour(neighbour: TunnelNeighbourState): void {
    this.#tunnelNeighbours.set(neighbour.ip_address, neighbour);
  }

  build(): NodeState {
    return {
      namespaces: { '': this.root.build() },
      bridges: Object.fromEntries(this.#bridges),
      ports: Object.fromEntries(this.#ports),
      flows: this.flows.record(),
      tunnelNeighbours: Object.fromEntries(this.#tunnelNeighbours),
    };
  }
}
