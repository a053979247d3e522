import {
  type CloudDocumentInput,
  cloudDocumentSchema,
  resolveTopology,
  type Topology,
  type UnderlayDocumentInput,
  underlayDocumentSchema,
} from '../topology/index.ts';

const tunnel = (address: string, peer: string) => ({ network: 'tunnel', address, peer });

/** Two hosts and a cable: the least that carries a tunnel. */
const underlay: UnderlayDocumentInput = {
  underlay: 'two-hosts',
  networks: { tunnel: { type: 'tunnel', cidr: '172.31.1.0/24', mtu: 1600 } },
  hosts: {
    compute1: { role: 'compute', interfaces: { eth0: tunnel('172.31.1.11', 'compute2') } },
    compute2: { role: 'compute', interfaces: { eth0: tunnel('172.31.1.12', 'compute1') } },
  },
};

/** One host and no cable: the least on which servers run. */
const oneHost: UnderlayDocumentInput = {
  underlay: 'one-host',
  networks: {},
  hosts: { compute1: { role: 'compute', interfaces: {} } },
};

export interface SmallCloud {
  /** Host of each server; web1 and web2 unless given. */
  readonly servers?: Readonly<Record<string, string>>;
}

const HOSTS = { web1: 'compute1', web2: 'compute2' };

const serversOn = (servers: Readonly<Record<string, string>>): CloudDocumentInput['servers'] =>
  Object.fromEntries(
    Object.entries(servers).map(([name, host]) => {
      const fixed_ip = `10.0.1.${10 + Number(/\d+$/u.exec(name)?.[0])}`;
      return [name, { host, networks: [{ network: 'red', fixed_ip }] }];
    }),
  );

const topologyOf = (document: CloudDocumentInput, under: UnderlayDocumentInput): Topology =>
  resolveTopology(cloudDocumentSchema.parse(document), underlayDocumentSchema.parse(under));

/** One VXLAN network over two hosts, and a server on it for each entry. */
export const smallCloud = ({ servers = HOSTS }: SmallCloud = {}): Topology =>
  topologyOf(
    {
      cloud: 'small',
      underlay: 'two-hosts',
      networks: { red: { 'provider:network_type': 'vxlan', 'provider:segmentation_id': 5001 } },
      subnets: { red4: { network: 'red', cidr: '10.0.1.0/24' } },
      servers: serversOn(servers),
    },
    underlay,
  );

/** Two containers, for tests that start many clouds. */
export const tinyCloud = (servers: readonly string[] = ['web1', 'web2']): Topology =>
  topologyOf(
    {
      cloud: 'tiny',
      underlay: 'one-host',
      networks: { red: { 'provider:network_type': 'local' } },
      subnets: { red4: { network: 'red', cidr: '10.0.1.0/24' } },
      servers: serversOn(Object.fromEntries(servers.map((name) => [name, 'compute1']))),
    },
    oneHost,
  );
