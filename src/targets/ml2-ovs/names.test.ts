import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { bridgeMac, intPatch, phyPatch, tapMac, tapName, tunnelName } from './names.ts';

test('tunnel ports are named by type and the hexadecimal address of the peer', () => {
  expect(tunnelName('vxlan', '172.31.1.12')).toBe('vxlan-ac1f010c');
  expect(tunnelName('gre', '10.0.0.1')).toBe('gre-0a000001');
  expect(tunnelName('vxlan', '2001:db8::1')).toMatch(/^vxlan-[0-9a-f]{9}$/u);
});

test('patch ports are named after the bridge, shortened to 15 characters with a hash', () => {
  expect(intPatch('br-vlan')).toBe('int-br-vlan');
  expect(phyPatch('br-ex')).toBe('phy-br-ex');
  expect(intPatch('br-eleven12')).toBe('int-br-eleven12');
  const hash = createHash('sha1').update('br-eleven123').digest('hex').slice(0, 6);
  expect(intPatch('br-eleven123')).toBe(`int-br-el${hash}`);
});

test('a tap is named by its port and bears its address with 0xfe in front', () => {
  expect(tapName('6cd73e0a-6ccc-59e5-a44e-fb9d03ced355')).toBe('tap6cd73e0a-6c');
  expect(tapMac('fa:16:3e:b8:54:f7')).toBe('fe:16:3e:b8:54:f7');
});

test('a bridge has an address of its own, the same each time', () => {
  expect(bridgeMac('br-phy', 'compute1')).toMatch(/^0a(?::[0-9a-f]{2}){5}$/u);
  expect(bridgeMac('br-phy', 'compute1')).toBe(bridgeMac('br-phy', 'compute1'));
  expect(bridgeMac('br-phy', 'compute1')).not.toBe(bridgeMac('br-phy', 'compute2'));
});
