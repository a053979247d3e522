/** Arbitrary underlay documents. */
import * as fc from 'fast-check';
import { hostRoles, type UnderlayDocumentInput, underlayNetworkTypes } from '../schema/index.ts';
import { addresses, cidrs, hostNames, mapping, mtus, names } from './values.ts';

/** Of the right shape; its meaning may be wrong. */
export const underlayDocuments: fc.Arbitrary<UnderlayDocumentInput> = fc.record({
  underlay: names,
  networks: mapping(
    names,
    fc.record(
      {
        type: fc.constantFrom(...underlayNetworkTypes),
        cidr: cidrs,
        gateway_ip: addresses,
        mtu: mtus,
        physical_network: names,
        network_vlan_ranges: fc.array(fc.constantFrom('1:5', '5:1', '100:4001', '3:9'), { maxLength: 3 }),
        bridge: fc.constantFrom('br-x', 'br-int', 'br-red'),
      },
      { requiredKeys: ['type'] },
    ),
  ),
  hosts: mapping(
    hostNames,
    fc.record(
      {
        role: fc.constantFrom(...hostRoles),
        interfaces: mapping(
          fc.constantFrom('eth0', 'eth1', 'swp1', 'lo'),
          fc.record(
            {
              network: names,
              networks: fc.array(names, { minLength: 1, maxLength: 3 }),
              address: fc.oneof(addresses, fc.constantFrom('10.0.0.9/24', 'fd00::9/64')),
              gateway_ip: addresses,
              vlan: fc.integer({ min: 1, max: 4000 }),
              vlans: fc.array(
                fc.record({
                  vlan: fc.integer({ min: 1, max: 9 }),
                  address: fc.constantFrom('10.0.0.9/24', '10.0.0.9'),
                }),
                { minLength: 1, maxLength: 2 },
              ),
              peer: hostNames,
            },
            { requiredKeys: ['peer'] },
          ),
        ),
      },
      { requiredKeys: ['role'] },
    ),
  ),
});
