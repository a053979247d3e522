/**
 * The networks on which routers with ha talk to each other: one for each project, made by Neutron itself
 * (_create_ha_network of l3_hamode_db.py) with the first router that needs it.
 */
import { named } from '../names.ts';
import type { Report } from '../problems.ts';
import { tunnelNetwork } from '../resolve/mtu.ts';
import { type CloudDocument, cloudDocumentSchema } from '../schema/index.ts';
import type { Underlay } from '../topology.ts';
import { networksOfRouter } from './agents.ts';

type Document = CloudDocument;
type DeclaredRouter = Document['routers'][string];

/** l3_ha_net_cidr of neutron.conf. */
const HA_CIDR = '169.254.192.0/18';

export const haNetworkName = ({ project }: DeclaredRouter): string =>
  project === undefined ? 'ha' : `ha-${project}`;
export const haSubnetName = (network: string): string => `${network}-subnet`;

const haRouters = ({ routers }: Document): [string, DeclaredRouter][] =>
  Object.entries(routers).filter(([, { ha }]) => ha);

/** The document with the networks and subnets that its routers with ha need; names that are taken stay as they are. */
export function withHaNetworks(document: Document, underlay: Underlay): Document {
  const networks: Record<string, object> = {};
  const subnets: Record<string, object> = {};
  for (const [, router] of haRouters(document)) {
    const name = haNetworkName(router);
    networks[name] ??= segmentOf(router, document, underlay);
    subnets[haSubnetName(name)] ??= { network: name, cidr: HA_CIDR, gateway_ip: null };
  }
  if (Object.keys(networks).length === 0) return document;
  const made = cloudDocumentSchema.parse({
    cloud: document.cloud,
    underlay: document.underlay,
    networks,
    subnets,
  });
  return {
    ...document,
    networks: { ...made.networks, ...document.networks },
    subnets: { ...made.subnets, ...document.subnets },
  };
}

/** As the networks between which the router stands: Neutron takes the type that tenants get (tenant_network_types). */
function segmentOf(router: DeclaredRouter, document: Document, underlay: Underlay): object {
  const inside = networksOfRouter(router, document).flatMap((name) => {
    const network = named(document.networks, name);
    return network === undefined || network['router:external'] ? [] : [network];
  });
  const model = inside.find((network) => ['vxlan', 'gre', 'vlan'].includes(network['provider:network_type']));
  if (model) {
    const physical = model['provider:physical_network'];
    return {
      'provider:network_type': model['provider:network_type'],
      ...(physical === undefined ? {} : { 'provider:physical_network': physical }),
    };
  }
  if (tunnelNetwork(underlay) !== undefined) return { 'provider:network_type': 'vxlan' };
  const physical = Object.values(underlay.networks).find(
    ({ network_vlan_ranges: ranges }) => ranges.length > 0,
  );
  return { 'provider:network_type': 'vlan', 'provider:physical_network': physical?.physical_network };
}

/** What a document may not say of routers with ha. */
export function checkHa(document: Document, report: Report): void {
  for (const [name, router] of haRouters(document)) {
    const network = haNetworkName(router);
    for (const [kind, taken] of [
      ['networks', network],
      ['subnets', haSubnetName(network)],
    ] as const) {
      if (!Object.hasOwn(document[kind], taken)) continue;
      report([kind, taken], 'key', {
        code: 'ND_HA_NETWORK',
        message: `"${taken}" is the name of what router "${name}" gets for its ha`,
        expected: 'another name',
      });
    }
  }
  const { options } = document;
  if (options.ha_conntrackd_enabled && options.release === 'juno')
    report(['options', 'ha_conntrackd_enabled'], 'value', {
      code: 'ND_RELEASE',
      message: 'release juno has no conntrackd for routers with ha',
      expected: 'ha_conntrackd_enabled: false, or a later release',
    });
}
