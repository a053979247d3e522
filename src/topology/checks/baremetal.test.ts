/** The exact text of what can be wrong with bare metal and with routers between VLANs. */
import { expect, test } from 'vitest';
import { underlayError } from '../testing/errors.ts';

const provider = (hosts: string) =>
  `underlay: test\nnetworks:\n  trunk: { type: vlan, physical_network: physnet1, network_vlan_ranges: ["100:199"] }\n  out: { type: external, physical_network: ext, cidr: 203.0.113.0/24 }\nhosts:\n  tor1: { role: switch }\n${hosts}\n`;

test('bare metal and a router between VLANs without mistakes', async () => {
  expect(
    await underlayError(
      provider(
        '  metal1: { role: baremetal, interfaces: { eth0: { network: trunk, peer: tor1, vlan: 101, address: 10.3.0.50/24, gateway_ip: 10.3.0.1 } } }\n  metal2: { role: baremetal, interfaces: { eth0: { network: trunk, peer: tor1 } } }\n  r1: { role: router, interfaces: { eth0: { network: trunk, peer: tor1, vlans: [{ vlan: 101, address: 10.3.0.1/24 }, { vlan: 102, address: 10.4.0.1/24 }] } } }',
      ),
    ),
  ).toBe('');
});

test('a VLAN of a compute host, and VLANs of bare metal', async () => {
  expect(
    await underlayError(
      provider(
        '  c1: { role: compute, interfaces: { eth0: { network: trunk, peer: tor1, vlan: 101 } } }\n  m1: { role: baremetal, interfaces: { eth0: { network: trunk, peer: tor1, vlans: [{ vlan: 101, address: 10.3.0.1/24 }] } } }',
      ),
    ),
  ).toMatchInlineSnapshot(`
    "ND_DOCUMENT: 2 errors in underlay.yaml
      ND_ACCESS_VLAN: interface eth0 of host "c1" has vlan, and its host the role compute
        at underlay.yaml:7:74
        expected: vlan only on hosts with the role baremetal
      ND_ACCESS_VLAN: interface eth0 of host "m1" has vlans, and its host the role baremetal
        at underlay.yaml:8:76
        expected: vlans only on hosts with the role router"
  `);
});

test('a VLAN that the network does not carry, and one twice', async () => {
  expect(
    await underlayError(
      provider(
        '  m1: { role: baremetal, interfaces: { eth0: { network: trunk, peer: tor1, vlan: 300, address: 10.3.0.1/24 } } }\n  r1: { role: router, interfaces: { eth0: { network: trunk, peer: tor1, vlans: [{ vlan: 101, address: 10.3.0.1/24 }, { vlan: 101, address: 10.4.0.1/24 }] } } }',
      ),
    ),
  ).toMatchInlineSnapshot(`
    "ND_DOCUMENT: 2 errors in underlay.yaml
      ND_ACCESS_VLAN: VLAN 300 of interface eth0 of host "m1" is outside what its network carries
        at underlay.yaml:7:82
        expected: a VLAN id in 100:199
      ND_ACCESS_VLAN: interface eth0 of host "r1" is in VLAN 101 twice
        at underlay.yaml:8:126
        expected: each VLAN once"
  `);
});

test('an address without its prefix length, and with one too many', async () => {
  expect(
    await underlayError(
      provider(
        '  m1: { role: baremetal, interfaces: { eth0: { network: trunk, peer: tor1, vlan: 101, address: 10.3.0.50 } } }\n  m2: { role: baremetal, interfaces: { eth0: { network: out, peer: tor1, address: 203.0.113.9/24 } } }',
      ),
    ),
  ).toMatchInlineSnapshot(`
    "ND_DOCUMENT: 2 errors in underlay.yaml
      ND_ADDRESS_PREFIX: the address 10.3.0.50 of interface eth0 of host "m1" in VLAN 101 has no prefix length
        at underlay.yaml:7:96
        expected: an address with its prefix length
        try: 10.3.0.50/24
      ND_ADDRESS_PREFIX: the address 203.0.113.9/24 of interface eth0 of host "m2" has a prefix length, and network "out" a cidr
        at underlay.yaml:8:83
        expected: an address without prefix length"
  `);
});

test('a gateway outside the network of bare metal', async () => {
  expect(
    await underlayError(
      provider(
        '  m1: { role: baremetal, interfaces: { eth0: { network: trunk, peer: tor1, vlan: 101, address: 10.3.0.50/24, gateway_ip: 10.4.0.1 } } }',
      ),
    ),
  ).toMatchInlineSnapshot(`
    "ND_GATEWAY_OUTSIDE: the gateway 10.4.0.1 of interface eth0 of host "m1" is outside 10.3.0.0/24
      at underlay.yaml:7:122
      expected: an address in 10.3.0.0/24"
  `);
});

test('a broadcast address in a VLAN, and one address twice', async () => {
  expect(
    await underlayError(
      provider(
        '  m1: { role: baremetal, interfaces: { eth0: { network: trunk, peer: tor1, vlan: 101, address: 10.3.0.255/24 } } }\n  m2: { role: baremetal, interfaces: { eth0: { network: trunk, peer: tor1, vlan: 101, address: 10.3.0.9/24 } } }\n  m3: { role: baremetal, interfaces: { eth0: { network: trunk, peer: tor1, vlan: 101, address: 10.3.0.9/24 } } }\n  m4: { role: baremetal, interfaces: { eth0: { network: trunk, peer: tor1, vlan: 102, address: 10.3.0.9/24 } } }',
      ),
    ),
  ).toMatchInlineSnapshot(`
    "ND_DOCUMENT: 2 errors in underlay.yaml
      ND_ADDRESS_RESERVED: the address 10.3.0.255/24 of interface eth0 of host "m1" in VLAN 101 is the broadcast address
        at underlay.yaml:7:96
        expected: another address in 10.3.0.0/24
      ND_ADDRESS_TWICE: the address 10.3.0.9/24 of interface eth0 of host "m3" in VLAN 101 is already that of interface eth0 of host "m2"
        at underlay.yaml:9:96
        expected: each address once"
  `);
});
