import type {
  BridgeState,
  FileState,
  IpsetState,
  LinkState,
  NamespaceState,
  NeighbourState,
  NetfilterChainState,
  NetfilterRule,
  NodeState,
  OvsPortState,
  Owner,
  ProcessState,
  RouteState,
  RuleState,
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
  readonly #neighbours = new Map<string, NeighbourState>();
  readonly #sysctls = new Map<string, string>();
  readonly #rules = new Map<string, RuleState>();
  readonly #netfilter = new Map<string, NetfilterChainState & { readonly rules: NetfilterRule[] }>();
  readonly #ipsets = new Map<string, IpsetState>();

  constructor(name: string) {
    this.#name = name;
  }

  link(link: LinkState): void {
    this.#links.set(link.device, link);
  }

  address(device: string, cidr: string): void {
    this.#addresses.set(`${device} ${cidr}`, { device, cidr });
  }

  /** The first route of a table to a destination stays: a second interface does not take it over. */
  route(route: RouteState): void {
    const { destination, table } = route;
    const key = table === undefined ? destination : `${destination} table ${table}`;
    if (!this.#routes.has(key)) this.#routes.set(key, route);
  }

  neighbour(neighbour: NeighbourState): void {
    this.#neighbours.set(`${neighbour.device} ${neighbour.ip_address}`, neighbour);
  }

  /** In this order: a later one may undo what an earlier one has set for all devices. */
  sysctls(values: Readonly<Record<string, string>>): void {
    for (const [name, value] of Object.entries(values)) this.#sysctls.set(name, value);
  }

  rule(rule: RuleState): void {
    const { priority, from, to, iif } = rule;
    const words = Object.entries({ from, to, iif }).flatMap(([word, value]) => (value ? [word, value] : []));
    this.#rules.set([priority, ...words].join(' '), rule);
  }

  /** Makes sure that the chain is there; one of the kernel's own has a policy. */
  chain(where: Pick<NetfilterChainState, 'family' | 'table' | 'chain' | 'policy'>): void {
    const key = `${where.family} ${where.table} ${where.chain}`;
    if (!this.#netfilter.has(key)) this.#netfilter.set(key, { ...where, rules: [] });
  }

  /** Appends a rule to a chain that is there. */
  netfilter(
    { family, table, chain }: Pick<NetfilterChainState, 'family' | 'table' | 'chain'>,
    text: string,
    owner: Owner,
  ): void {
    const found = this.#netfilter.get(`${family} ${table} ${chain}`);
    if (!found) throw new TypeError(`a rule for chain ${chain} of ${table}, which is not there`);
    found.rules.push({ text, owner });
  }

  /** Whether a chain is there and has a rule. */
  hasRules({ family, table, chain }: Pick<NetfilterChainState, 'family' | 'table' | 'chain'>): boolean {
    return (this.#netfilter.get(`${family} ${table} ${chain}`)?.rules.length ?? 0) > 0;
  }

  ipset(set: IpsetState): void {
    this.#ipsets.set(set.name, set);
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
      neighbours: Object.fromEntries(this.#neighbours),
      sysctls: Object.fromEntries(this.#sysctls),
      rules: Object.fromEntries(this.#rules),
      netfilter: Object.fromEntries(this.#netfilter),
      ipsets: Object.fromEntries(this.#ipsets),
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
  readonly #namespaces = new Map<string, NamespaceBuilder>();
  readonly #files = new Map<string, FileState>();
  readonly #processes = new Map<string, ProcessState>();

  constructor(name: string) {
    this.name = name;
  }

  /** The namespace of that name beside the node's own; made on first use. */
  namespace(name: string): NamespaceBuilder {
    const known = this.#namespaces.get(name);
    if (known) return known;
    const namespace = new NamespaceBuilder(name);
    this.#namespaces.set(name, namespace);
    return namespace;
  }

  file(file: FileState): void {
    this.#files.set(file.path, file);
  }

  process(process: ProcessState): void {
    this.#processes.set(process.name, process);
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
      namespaces: {
        '': this.root.build(),
        ...Object.fromEntries([...this.#namespaces].map(([name, namespace]) => [name, namespace.build()])),
      },
      bridges: Object.fromEntries(this.#bridges),
      ports: Object.fromEntries(this.#ports),
      flows: this.flows.record(),
      tunnelNeighbours: Object.fromEntries(this.#tunnelNeighbours),
      files: Object.fromEntries(this.#files),
      processes: Object.fromEntries(this.#processes),
    };
  }
}
