import { describe, expect, test } from 'vitest';
import { compile } from '../compile.ts';
import { ipv6Topology } from '../ipv6.fixture.ts';

const ha = { ha: true };

const nodeOf = (...made: Parameters<typeof ipv6Topology>) =>
  compile(ipv6Topology(...made)).state.nodes['network2'];
const spaceOf = (prefix: string, ...made: Parameters<typeof ipv6Topology>) =>
  Object.values(nodeOf(...made)?.namespaces ?? {}).find(({ name }) => name.startsWith(prefix));
const scriptOf = (...made: Parameters<typeof ipv6Topology>) => {
  const processes = Object.values(nodeOf(...made)?.processes ?? {});
  return processes.find(({ name }) => name.startsWith('ipv6-'));
};
const fileOf = (end: string, ...made: Parameters<typeof ipv6Topology>): string =>
  Object.values(nodeOf(...made)?.files ?? {})
    .find(({ path }) => path.endsWith(end))
    ?.text.replaceAll(/\b(q[rg]|sg|ha)-[-0-9a-f]{11}/gu, '$1')
    .replaceAll(/[-0-9a-f]{36}/gu, 'r1') ?? '';

test('link-local addresses are keepalived’s, as all others', async () => {
  await expect(fileOf('keepalived.conf', ha)).toMatchFileSnapshot('golden/keepalived-with-IPv6.conf');
  const addresses = Object.values(spaceOf('qrouter-', ha)?.addresses ?? {});
  expect(addresses.filter(({ cidr }) => cidr.includes(':'))).toEqual([]);
});

test('a standby does not forward, makes no address for itself and heeds no advertisement', () => {
  const { sysctls = {}, links = {} } = spaceOf('qrouter-', ha) ?? {};
  expect(sysctls).toMatchObject({
    'net/ipv6/conf/all/forwarding': '0',
    'net/ipv6/conf/all/addr_gen_mode': '1',
  });
  const devices = Object.keys(links).filter((device) => device !== 'lo');
  expect(devices).toHaveLength(7);
  for (const device of devices) expect(sysctls[`net/ipv6/conf/${device}/accept_ra`]).toBe('0');
});

test('both gateways are asked whether they are there', () => {
  const options = { ha_vrrp_health_check_interval: 5 };
  expect(fileOf('ha_check_script_1.sh', ha, { options }).split('\n').slice(2, 4)).toEqual([
    'ping -c 1 -w 1 203.0.113.1 1>/dev/null || exit 1',
    'ping6 -c 1 -w 1 2001:db8:ff::1 1>/dev/null || exit 1',
  ]);
});

describe('the router is advertised where it is active', () => {
  test('by what waits for its own address', async () => {
    await expect(fileOf('ipv6.sh', ha)).toMatchFileSnapshot('golden/ipv6-state-change.sh');
    expect(scriptOf(ha)?.files).toHaveLength(2);
    expect(scriptOf(ha)?.argv).toHaveLength(1);
    const names = Object.keys(nodeOf(ha)?.processes ?? {});
    expect(names.filter((name) => name.startsWith('radvd'))).toEqual([]);
  });

  test('by the hosts of its servers when it is distributed as well', () => {
    const both = { ha: true, distributed: true };
    expect(scriptOf(both)?.files).toHaveLength(1);
    expect(fileOf('ipv6.sh', both)).toContain('[ -e "" ]');
  });
});

test('the gateway of each IP version is asked whether it is there', () => {
  const checked = { options: { ha_vrrp_health_check_interval: 5 } };
  const script = Object.values(nodeOf(ha, checked)?.files ?? {}).find(({ path }) =>
    path.includes('ha_check'),
  );
  expect(script?.text.match(/^ping.*$/gmu)).toEqual([
    'ping -c 1 -w 1 203.0.113.1 1>/dev/null || exit 1',
    'ping6 -c 1 -w 1 2001:db8:ff::1 1>/dev/null || exit 1',
  ]);
});

test('nothing of this without IPv6', () => {
  const v4 = { ha: true, interfaces: ['both-v4'] };
  expect(scriptOf(v4, { outside: false })).toBeUndefined();
  expect(fileOf('keepalived.conf', v4, { outside: false })).not.toContain('fe80');
});

describe('a network outside without a gateway for IPv6 tells the way by advertisements:', () => {
  const heeded = (sysctls: Readonly<Record<string, string>> = {}): string[] =>
    Object.entries(sysctls).flatMap(([name, value]) =>
      name.endsWith('/accept_ra') && value === '2' ? [name.split('/').at(-2)?.slice(0, 3) ?? ''] : [],
    );

  test('always to a router in one place', () => {
    const legacy = { hosts: ['network2'] };
    expect(heeded(spaceOf('qrouter-', legacy, { outside: false })?.sysctls)).toEqual(['qg-']);
    expect(heeded(spaceOf('qrouter-', legacy)?.sysctls)).toEqual([]);
  });

  test('of a router with ha to the active host', () => {
    expect(heeded(spaceOf('qrouter-', ha, { outside: false })?.sysctls)).toEqual([]);
    expect(scriptOf(ha, { outside: false })?.argv.at(-1)).toMatch(/^qg-/u);
  });
});
