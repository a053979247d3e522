import type { Owner } from '../../../state/types.ts';
import type { Network, Topology } from '../../../topology/topology.ts';
import type { NodeBuilder } from '../node.ts';
import { routerNamespace } from '../names.ts';
import type { RouterParts } from './router.ts';

export const METADATA_ADDRESS = '169.254.169.254';
/** metadata_port of the agents' configuration. */
const METADATA_PORT = 9697;

/** Where the proxies find the metadata agent (metadata_proxy_socket). */
const SOCKET = '/var/lib/neutron/metadata_proxy';

/** Which header the proxy sets, and which one it takes away: a server must not say itself whose it is. */
interface Told {
  readonly sets: readonly [header: string, value: string];
  readonly removes: string;
}

/** _HAPROXY_CONFIG_TEMPLATE of neutron/agent/metadata/driver.py, without its log, which nobody would read, and in front. */
const proxyConfig = (bind: string, { sets: [header, value], removes }: Told): string => `global
    maxconn     1024
    nbthread    1

defaults
    mode http
    option dontlognull
    option http-server-close
    option forwardfor
    retries                 3
    timeout http-request    30s
    timeout connect         30s
    timeout client          32s
    timeout server          32s
    timeout http-keep-alive 30s

listen listener
    bind ${bind}

    server metadata ${SOCKET}
    http-request del-header ${removes}
    http-request set-header ${header} ${value}
`;

/** Where Nova's metadata service listens (metadata_listen_port): the stand-in is up when this port is. */
const NOVA_PORT = 8775;

const INSTANCES = '/var/lib/neutron/metadata-instances.map';

/**
 * Stands in for neutron-metadata-agent and for Nova behind it. As the agent does (neutron/agent/metadata/agent.py), it
 * finds the server by its address among those of the router or of the network, knows no other (404), and has no answer
 * where the asker has put in an address of its own (500). Nova's part is to say what it was told: which server asks,
 * and the request as the proxy has passed it on.
 */
const AGENT_CONFIG = `global
    maxconn 1024
    nbthread 1

defaults
    mode http
    timeout client 32s
    timeout http-request 30s

frontend metadata
    bind ${SOCKET} mode 666
    bind 127.0.0.1:${NOVA_PORT}
    http-request return status 500 content-type text/plain string "more than one X-Forwarded-For" if { req.hdr_cnt(x-forwarded-for) gt 1 }
    http-request set-var-fmt(txn.asker) "%[req.hdr(x-neutron-router-id)]%[req.hdr(x-neutron-network-id)]/%[req.hdr(x-forwarded-for)]"
    http-request set-var(txn.instance) var(txn.asker),map(${INSTANCES})
    http-request return status 404 content-type text/plain string "no such server" unless { var(txn.instance) -m found }
    http-request return status 200 content-type application/json lf-string '{"instance-id":"%[var(txn.instance),field(1,|)]","name":"%[var(txn.instance),field(2,|)]","path":"%[path,json(utf8s)]","x-forwarded-for":"%[req.hdr(x-forwarded-for)]","x-neutron-router-id":"%[req.hdr(x-neutron-router-id)]","x-neutron-network-id":"%[req.hdr(x-neutron-network-id)]","headers":"%[req.hdrs,json(utf8s)]"}'
`;

/** Lines `<router or network>/<address> <server's id>|<server's name>`. */
const instances = ({ routers, networks, servers, ports }: Topology): string => {
  const scopes = [
    ...Object.values(routers).map(({ id, interfaces }) => ({
      id,
      covers: new Set(interfaces.map(({ network }) => network)),
    })),
    ...Object.values(networks).map(({ id, name }) => ({ id, covers: new Set([name]) })),
  ];
  const guests = Object.values(servers).flatMap(({ id, name, nics }) =>
    nics.flatMap(({ port }) => {
      const { network = '', fixed_ips = [] } = ports[port] ?? {};
      return fixed_ips.map(({ ip_address }) => ({ network, ip_address, value: `${id}|${name}` }));
    }),
  );
  return scopes
    .flatMap(({ id, covers }) =>
      guests
        .filter(({ network }) => covers.has(network))
        .map(({ ip_address, value }) => `${id}/${ip_address} ${value}\n`),
    )
    .join('');
};

interface Proxy {
  /** Id of the router or of the network. */
  readonly id: string;
  readonly namespace: string;
  readonly bind: string;
  readonly port: number;
  readonly told: Told;
  readonly owner: Owner;
}

function proxy(
  node: NodeBuilder,
  topology: Topology,
  { id, namespace, bind, port, told, owner }: Proxy,
): void {
  const path = `/var/lib/neutron/ns-metadata-proxy/${id}.conf`;
  node.file({ path, text: proxyConfig(bind, told), owner });
  node.process({
    name: `metadata-proxy-${id}`,
    namespace,
    argv: ['haproxy', '-db', '-f', path],
    files: [path],
    reload: 'restart',
    ready: { protocol: 'tcp', port },
    owner,
  });
  agent(node, topology);
}

/** One for all the proxies of a host. */
function agent(node: NodeBuilder, topology: Topology): void {
  const owner = { kind: 'host', name: node.name, purpose: `the metadata agent of ${node.name}` } as const;
  const path = '/var/lib/neutron/metadata-agent.conf';
  node.file({ path, text: AGENT_CONFIG, owner });
  node.file({ path: INSTANCES, text: instances(topology), owner });
  node.process({
    name: 'metadata-agent',
    namespace: '',
    argv: ['haproxy', '-db', '-f', path],
    files: [path, INSTANCES],
    reload: 'restart',
    ready: { protocol: 'tcp', port: NOVA_PORT },
    owner,
  });
}

/** Metadata by the router: what goes to port 80 of the address is redirected to the proxy (metadata_nat_rules). */
export function metadataProxy(
  node: NodeBuilder,
  topology: Topology,
  { router, chains, owner }: RouterParts,
): void {
  const own = { ...owner, purpose: `router ${router.name}: metadata is served by the router` };
  const asked = `-d ${METADATA_ADDRESS}/32 -i qr-+ -p tcp -m tcp --dport 80`;
  chains.add('nat', 'PREROUTING', `${asked} -j REDIRECT --to-ports ${METADATA_PORT}`, own);
  chains.add('mangle', 'PREROUTING', `${asked} -j MARK --set-xmark 0x1/0xffff`, own);
  chains.add('filter', 'INPUT', '-m mark --mark 0x1/0xffff -j ACCEPT', own);
  chains.add('filter', 'INPUT', `-p tcp -m tcp --dport ${METADATA_PORT} -j DROP`, {
    ...own,
    purpose: `router ${router.name}: the proxy is reached by the metadata address alone`,
  });
  proxy(node, topology, {
    id: router.id,
    namespace: routerNamespace(router.id),
    bind: `0.0.0.0:${METADATA_PORT}`,
    port: METADATA_PORT,
    told: { sets: ['X-Neutron-Router-ID', router.id], removes: 'X-Neutron-Network-ID' },
    owner: own,
  });
}

/** Metadata by DHCP, for a network without a router. */
export function isolatedMetadataProxy(
  node: NodeBuilder,
  topology: Topology,
  { id, name }: Network,
  namespace: string,
): void {
  proxy(node, topology, {
    id,
    namespace,
    bind: `${METADATA_ADDRESS}:80`,
    port: 80,
    told: { sets: ['X-Neutron-Network-ID', id], removes: 'X-Neutron-Router-ID' },
    owner: { kind: 'network', name, purpose: `metadata of network ${name}` },
  });
}
