import type { Owner } from '../../../state/types.ts';
import type { NodeBuilder } from '../node.ts';
import { routerNamespace } from '../names.ts';
import type { RouterParts } from './router.ts';

export const METADATA_ADDRESS = '169.254.169.254';
/** metadata_port of the agents' configuration. */
export const METADATA_PORT = 9697;

/** Where the proxies find the metadata agent (metadata_proxy_socket). */
const SOCKET = '/var/lib/neutron/metadata_proxy';

/** Which header the proxy sets, and which one it takes away: a server must not say itself whose it is. */
interface Told {
  readonly sets: readonly [header: string, value: string];
  readonly removes: string;
}

/** _HAPROXY_CONFIG_TEMPLATE of neutron/agent/metadata/driver.py, without its log: nobody would read it. */
const proxyConfig = (bind: string, { sets: [header, value], removes }: Told): string => `
global
    maxconn     1024

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

/**
 * Stands in for neutron-metadata-agent and Nova behind it: the answer tells who asked, as the proxy has said it, from
 * which the agent finds the server.
 */
const AGENT_CONFIG = `
defaults
    mode http
    timeout client 30s

frontend metadata
    bind ${SOCKET} mode 666
    http-request return status 200 content-type "application/json" lf-string '{"path":"%HPO","x-forwarded-for":"%[req.hdr(x-forwarded-for)]","x-neutron-router-id":"%[req.hdr(x-neutron-router-id)]","x-neutron-network-id":"%[req.hdr(x-neutron-network-id)]"}\\n'
`;

interface Proxy {
  /** Id of the router or of the network. */
  readonly id: string;
  readonly namespace: string;
  readonly bind: string;
  readonly port: number;
  readonly told: Told;
  readonly owner: Owner;
}

function proxy(node: NodeBuilder, { id, namespace, bind, port, told, owner }: Proxy): void {
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
  agent(node);
}

/** One for all the proxies of a host. */
function agent(node: NodeBuilder): void {
  const owner = { kind: 'host', name: node.name, purpose: `the metadata agent of ${node.name}` } as const;
  const path = '/var/lib/neutron/metadata-agent.conf';
  node.file({ path, text: AGENT_CONFIG, owner });
  node.process({
    name: 'metadata-agent',
    namespace: '',
    argv: ['haproxy', '-db', '-f', path],
    files: [path],
    reload: 'restart',
    owner,
  });
}

/** Metadata by the router: what goes to port 80 of the address is redirected to the proxy (metadata_nat_rules). */
export function metadataProxy(node: NodeBuilder, { router, chains, owner }: RouterParts): void {
  const own = { ...owner, purpose: `router ${router.name}: metadata` };
  chains.add(
    'mangle',
    'PREROUTING',
    `-d ${METADATA_ADDRESS}/32 -i qr-+ -p tcp -m tcp --dport 80 -j MARK --set-xmark 0x1/0xffff`,
    own,
  );
  chains.add('filter', 'INPUT', '-m mark --mark 0x1/0xffff -j ACCEPT', own);
  chains.add('filter', 'INPUT', `-p tcp -m tcp --dport ${METADATA_PORT} -j DROP`, {
    ...own,
    purpose: `router ${router.name}: the proxy is reached by the metadata address alone`,
  });
  proxy(node, {
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
  network: { readonly id: string; readonly name: string },
  namespace: string,
): void {
  proxy(node, {
    id: network.id,
    namespace,
    bind: `${METADATA_ADDRESS}:80`,
    port: 80,
    told: { sets: ['X-Neutron-Network-ID', network.id], removes: 'X-Neutron-Router-ID' },
    owner: { kind: 'network', name: network.name, purpose: `metadata of network ${network.name}` },
  });
}
