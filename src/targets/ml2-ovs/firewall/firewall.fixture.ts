import type { CloudDocumentInput } from '../../../topology/index.ts';

type Options = NonNullable<CloudDocumentInput['options']>;
type Groups = NonNullable<CloudDocumentInput['security_groups']>;
type Port = Omit<NonNullable<CloudDocumentInput['ports']>[string], 'network' | 'fixed_ips'>;

/** The groups of a Neutron (Zed) whose flows and chains were looked at. */
export const groups: Groups = {
  web: {
    security_group_rules: [
      { direction: 'ingress', protocol: 'tcp', port_range_min: 80, port_range_max: 80 },
      {
        direction: 'ingress',
        protocol: 'tcp',
        port_range_min: 8000,
        port_range_max: 8010,
        remote_ip_prefix: '10.0.2.0/24',
      },
      { direction: 'ingress', protocol: 'icmp', port_range_min: 8, port_range_max: 0 },
      {
        direction: 'ingress',
        protocol: 'tcp',
        port_range_min: 22,
        port_range_max: 22,
        remote_group: 'clients',
      },
      { direction: 'ingress', protocol: 'udp', remote_group: 'clients' },
      { direction: 'ingress', protocol: 'udp', port_range_min: 53, port_range_max: 53 },
    ],
  },
  clients: {},
};

interface ServerWithPort {
  readonly host: string;
  readonly network: string;
  readonly ip: string;
  /** Last three octets. */
  readonly mac: string;
  readonly port?: Port;
}

const servers: Record<string, ServerWithPort> = {
  iso1: { host: 'compute1', network: 'iso', ip: '10.0.3.11', mac: '80:32:5f' },
  vm2: {
    host: 'compute1',
    network: 'blue',
    ip: '10.0.2.12',
    mac: '1d:49:05',
    port: { security_groups: ['web'] },
  },
  cli1: {
    host: 'compute1',
    network: 'red',
    ip: '10.0.1.19',
    mac: 'a3:23:e1',
    port: { security_groups: ['clients'] },
  },
  aap1: {
    host: 'compute1',
    network: 'red',
    ip: '10.0.1.15',
    mac: '88:d8:fa',
    port: {
      security_groups: ['web'],
      allowed_address_pairs: [
        { ip_address: '10.0.1.200' },
        { ip_address: '10.0.1.201', mac_address: 'fa:16:3e:aa:bb:cc' },
      ],
    },
  },
  vm1: { host: 'compute1', network: 'red', ip: '10.0.1.11', mac: '21:91:78' },
  nops1: {
    host: 'compute1',
    network: 'blue',
    ip: '10.0.2.17',
    mac: 'c4:1d:1f',
    port: { port_security_enabled: false },
  },
  vm5: { host: 'compute1', network: 'red', ip: '10.0.1.21', mac: '96:e8:80' },
  vm6: { host: 'compute1', network: 'tsub', ip: '10.0.4.21', mac: '9e:45:04' },
  iso2: { host: 'compute2', network: 'iso', ip: '10.0.3.12', mac: '96:aa:dc' },
  vm4: {
    host: 'compute2',
    network: 'blue',
    ip: '10.0.2.14',
    mac: 'eb:14:df',
    port: { security_groups: ['clients'] },
  },
  aap2: {
    host: 'compute2',
    network: 'red',
    ip: '10.0.1.16',
    mac: '6f:1f:ce',
    port: {
      security_groups: ['web'],
      allowed_address_pairs: [
        { ip_address: '10.0.1.202' },
        { ip_address: '10.0.1.203', mac_address: 'fa:16:3e:aa:bb:dd' },
      ],
    },
  },
  vm3: {
    host: 'compute2',
    network: 'red',
    ip: '10.0.1.13',
    mac: 'f7:ff:00',
    port: {
      security_groups: ['web', 'default'],
    },
  },
  nops2: {
    host: 'compute2',
    network: 'blue',
    ip: '10.0.2.18',
    mac: '49:85:82',
    port: { port_security_enabled: false },
  },
};

/** That Neutron's ports, with their addresses, under one driver. */
export const reference = (
  firewall_driver: 'noop' | 'openvswitch' | 'iptables_hybrid',
  options: Options = {},
): CloudDocumentInput => ({
  cloud: 'reference',
  underlay: 'demo-cluster',
  options: { ...options, firewall_driver },
  networks: Object.fromEntries(
    ['red', 'blue', 'iso', 'tsub'].map((name, index) => [
      name,
      { 'provider:network_type': 'vxlan', 'provider:segmentation_id': 361 + index },
    ]),
  ),
  subnets: Object.fromEntries(
    ['red', 'blue', 'iso', 'tsub'].map((name, index) => [
      `${name}4`,
      { network: name, cidr: `10.0.${index + 1}.0/24`, enable_dhcp: false },
    ]),
  ),
  security_groups: groups,
  ports: Object.fromEntries(
    Object.entries(servers).map(([name, { ip, mac, port = {}, network }]) => [
      `p_${name}`,
      { ...port, network, mac_address: `fa:16:3e:${mac}`, fixed_ips: [{ ip_address: ip }] },
    ]),
  ),
  servers: Object.fromEntries(
    Object.entries(servers).map(([name, { host }]) => [name, { host, networks: [{ port: `p_${name}` }] }]),
  ),
});

/** One server of group web on compute1, and members of group clients on compute2, on one network. */
export const cloudOf = ({
  groups: security_groups,
  members,
  firewall_driver = 'openvswitch',
  options = {},
}: {
  readonly groups: Groups;
  readonly members: number;
  readonly firewall_driver?: 'openvswitch' | 'iptables_hybrid';
  readonly options?: Options;
}): CloudDocumentInput => {
  const names = Array.from({ length: members }, (_, index) => `client${index + 1}`);
  const port = (security_group: string, index: number) => ({
    network: 'red',
    mac_address: `fa:16:3e:00:${[index >> 8, index & 0xff].map((octet) => octet.toString(16).padStart(2, '0')).join(':')}`,
    fixed_ips: [{ ip_address: `10.0.${index >> 8}.${index & 0xff}` }],
    security_groups: [security_group],
  });
  return {
    cloud: 'groups',
    underlay: 'demo-cluster',
    options: { ...options, firewall_driver },
    networks: { red: { 'provider:network_type': 'vxlan', 'provider:segmentation_id': 5001 } },
    subnets: { red4: { network: 'red', cidr: '10.0.0.0/20', enable_dhcp: false } },
    security_groups,
    ports: {
      'web-port': port('web', 10),
      ...Object.fromEntries(names.map((name, index) => [`${name}-port`, port('clients', 260 + index)])),
    },
    servers: {
      web: { host: 'compute1', networks: [{ port: 'web-port' }] },
      ...Object.fromEntries(
        names.map((name) => [name, { host: 'compute2', networks: [{ port: `${name}-port` }] }]),
      ),
    },
  };
};
