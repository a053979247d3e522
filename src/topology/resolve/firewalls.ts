/** Firewalls with the routers or ports that they are on, and rules in the one form that filters need. */
import { canonicalAddress, canonicalNetwork } from '../addresses.ts';
import { routersOf } from '../checks/firewalls.ts';
import type { CloudDocument } from '../schema/index.ts';
import type {
  Allocations,
  Firewall,
  FirewallGroup,
  FirewallPolicy,
  FirewallRule,
  Topology,
} from '../topology.ts';
import { type IdOf, mapRecord, optional } from './resolving.ts';

type Firewalls = Pick<Topology, 'firewalls' | 'firewall_groups' | 'firewall_policies' | 'firewall_rules'>;

/** Pool of `Allocations` in which firewalls and groups are that have begun: one that is down may have been up. */
const BEGUN = 'firewalls_begun';

export const firewallAllocations = ({ firewalls, firewall_groups }: Firewalls): Allocations => {
  const begun = [...Object.values(firewalls), ...Object.values(firewall_groups)].filter(
    ({ has_begun }) => has_begun,
  );
  return begun.length === 0 ? {} : { [BEGUN]: Object.fromEntries(begun.map(({ id }) => [id, 1])) };
};

export function resolveFirewalls(document: CloudDocument, idOf: IdOf, previous: Allocations): Firewalls {
  const { firewalls, firewall_groups, firewall_policies, firewall_rules } = document;
  const own = (
    kind: string,
    name: string,
    { id, project }: { id?: string | undefined; project?: string | undefined },
  ) => ({
    id: idOf(kind, name, id),
    name,
    ...optional('project', project),
  });
  const state = (id: string, { admin_state_up }: { admin_state_up: boolean }) => ({
    admin_state_up,
    has_begun: admin_state_up || Object.hasOwn(previous[BEGUN] ?? {}, id),
  });
  return {
    firewalls: mapRecord(
      firewalls,
      (name, declared): Firewall => ({
        ...own('firewall', name, declared),
        ...state(idOf('firewall', name, declared.id), declared),
        firewall_policy: declared.firewall_policy,
        routers: declared.routers ?? routersOf(document, declared.project),
      }),
    ),
    firewall_groups: mapRecord(
      firewall_groups,
      (name, declared): FirewallGroup => ({
        ...own('firewall_group', name, declared),
        ...state(idOf('firewall_group', name, declared.id), declared),
        ingress_firewall_policy: declared.ingress_firewall_policy,
        egress_firewall_policy: declared.egress_firewall_policy,
        ports: declared.ports,
      }),
    ),
    firewall_policies: mapRecord(
      firewall_policies,
      (name, declared): FirewallPolicy => ({
        ...own('firewall_policy', name, declared),
        firewall_rules: declared.firewall_rules,
      }),
    ),
    firewall_rules: mapRecord(
      firewall_rules,
      (name, declared): FirewallRule => ({
        ...own('firewall_rule', name, declared),
        protocol: declared.protocol,
        ip_version: declared.ip_version,
        source_ip_address: prefixOf(declared.source_ip_address),
        destination_ip_address: prefixOf(declared.destination_ip_address),
        source_port: rangeOf(declared.source_port),
        destination_port: rangeOf(declared.destination_port),
        action: declared.action,
        enabled: declared.enabled,
      }),
    ),
  };
}

/** Always with a prefix length (ip_to_cidr of Neutron). */
function prefixOf(address: string | null): string | null {
  if (address === null) return null;
  if (address.includes('/')) return canonicalNetwork(address);
  return `${canonicalAddress(address)}/${address.includes(':') ? 128 : 32}`;
}

function rangeOf(range: number | string | null): readonly [number, number] | null {
  if (range === null) return null;
  const [first = 0, last = first] = String(range).split(':').map(Number);
  return [first, last];
}
