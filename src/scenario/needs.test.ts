import { expect, test } from 'vitest';
import { formatError } from '../errors/index.ts';
import { targetNamed } from '../targets/index.ts';
import { lacking } from './needs.ts';

const ovs = targetNamed('ml2-ovs');

test('a story that needs what a target cannot do says why it is skipped', () => {
  expect(lacking(['vxlan', 'routers with ha'], ovs)).toBeUndefined();
  expect(lacking(['vxlan', 'trunks'], { ...ovs, capabilities: ['vxlan'] })).toBe(
    'target ml2-ovs cannot do: trunks',
  );
});

test('a word that no target knows is a mistake, and no reason to skip', () => {
  let text = '';
  try {
    lacking(['router with ha'], { ...ovs, name: 'midonet' as typeof ovs.name });
  } catch (error) {
    text = formatError(error);
  }
  expect(text).toMatchInlineSnapshot(`
    "ND_NEED_UNKNOWN: no target knows of "router with ha", which the story needs
      expected: one of flat, vlan, vxlan, gre, local, l2_population, arp_responder, dead_vlan, port_security_spoofing, security_groups, firewall_driver openvswitch, firewall_driver iptables_hybrid, … (28 in all)
      try: routers with ha"
  `);
});
