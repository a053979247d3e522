/** The drivers that enforce security groups: every story of this folder is told with each, and those of IPv6. */
import { cloudDocument, type Scenario, scenarios } from '../../src/scenario/index.ts';
import type { CloudDocumentInput } from '../../src/topology/index.ts';

const drivers = [
  { name: 'openvswitch', options: { firewall_driver: 'openvswitch', ipset: true } },
  { name: 'iptables_hybrid, ipset', options: { firewall_driver: 'iptables_hybrid', ipset: true } },
  { name: 'iptables_hybrid, rules alone', options: { firewall_driver: 'iptables_hybrid', ipset: false } },
] as const;

type Tell = (scenario: Scenario, needs: readonly string[]) => void;

/** `tell` for each driver, on a cloud. */
export function eachDriver(document: CloudDocumentInput, tell: Tell, capability = 'security-groups'): void {
  for (const { name, options } of drivers) {
    const scenario = scenarios({
      cloud: { ...document, options: { ...document.options, ...options } },
      capability,
      pattern: name,
    });
    tell(scenario, ['security_groups', `firewall_driver ${options.firewall_driver}`]);
  }
}

/** The same on a shipped cloud. */
export async function withEachDriver(cloud: string, tell: Tell, capability?: string): Promise<void> {
  eachDriver(await cloudDocument(cloud), tell, capability);
}
