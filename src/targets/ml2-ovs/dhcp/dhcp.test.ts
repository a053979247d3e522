import { describe, expect, test } from 'vitest';
import { type Changes, compiled, spaceOf } from '../l3/routed.fixture.ts';

const isolated: Changes = { options: { enable_isolated_metadata: true } };

/** Files of the DHCP of a network, by their names, with names in place of ids. */
const filesOf = (changes: Changes, network: string): Record<string, string> =>
  Object.fromEntries(
    Object.values(compiled(changes).nodes['gateway1']?.files ?? {}).flatMap(({ path, text, owner }) =>
      path.startsWith('/var/lib/neutron/dhcp/') && owner.name === network
        ? [[path.split('/').at(-1) ?? '', text.replaceAll(/subnet-[-0-9a-f]{36}/gu, 'subnet')]]
        : [],
    ),
  );

const serverOf = (changes: Changes, network: string) =>
  Object.values(compiled(changes).nodes['gateway1']?.processes ?? {}).find(
    ({ name, owner }) => name.startsWith('dnsmasq-') && owner.name === network,
  );

describe('dnsmasq', () => {
  test('knows whom it serves, by which names, and who may have a lease already', () => {
    const { opts: _, ...files } = filesOf({ floatingips: {} }, 'red');
    expect(files).toMatchInlineSnapshot(`
      {
        "addn_hosts": "10.0.1.11	host-10-0-1-11.openstacklocal host-10-0-1-11
      10.0.1.13	host-10-0-1-13.openstacklocal host-10-0-1-13
      10.0.1.1	host-10-0-1-1.openstacklocal host-10-0-1-1
      ",
        "host": "fa:16:3e:00:00:11,host-10-0-1-11.openstacklocal,10.0.1.11
      fa:16:3e:00:00:13,host-10-0-1-13.openstacklocal,10.0.1.13
      fa:16:3e:32:bc:bc,host-10-0-1-1.openstacklocal,10.0.1.1
      ",
        "leases": "0 fa:16:3e:00:00:11 10.0.1.11 * *
      0 fa:16:3e:00:00:13 10.0.1.13 * *
      0 fa:16:3e:32:bc:bc 10.0.1.1 * *
      ",
      }
    `);
  });

  test('serves only those that it knows, and stays in front', () => {
    const { argv, ...process } = serverOf({}, 'red') ?? { argv: [] };
    expect(argv.map((word) => word.replaceAll(/[0-9a-f]{8}-[-0-9a-f]{27}/gu, 'ID'))).toMatchInlineSnapshot(`
      [
        "dnsmasq",
        "--keep-in-foreground",
        "--log-facility=-",
        "--no-hosts",
        "--no-resolv",
        "--pid-file=/var/lib/neutron/dhcp/ID/pid",
        "--dhcp-hostsfile=/var/lib/neutron/dhcp/ID/host",
        "--addn-hosts=/var/lib/neutron/dhcp/ID/addn_hosts",
        "--dhcp-optsfile=/var/lib/neutron/dhcp/ID/opts",
        "--dhcp-leasefile=/var/lib/neutron/dhcp/ID/leases",
        "--dhcp-match=set:ipxe,175",
        "--dhcp-userclass=set:ipxe6,iPXE",
        "--local-service",
        "--bind-dynamic",
        "--dhcp-range=set:subnet-ID,10.0.1.0,static,255.255.255.0,86400s",
        "--dhcp-option-force=option:mtu,1450",
        "--dhcp-lease-max=256",
        "--conf-file=/dev/null",
        "--domain=openstacklocal",
      ]
    `);
    expect(process).toMatchObject({ reload: 'hup', ready: { protocol: 'udp', port: 67 } });
  });

  test('reads its leases at its start alone', () => {
    expect(serverOf({}, 'red')?.files.map((path) => path.split('/').at(-1))).toEqual([
      'host',
      'addn_hosts',
      'opts',
    ]);
  });

  test('is in a namespace that completes checksums and passes nothing on', () => {
    const space = spaceOf({}, 'qdhcp-');
    expect(space?.sysctls).toMatchObject({ 'net/ipv4/ip_forward': '0', 'net/ipv4/ip_nonlocal_bind': '1' });
    expect(space?.netfilter['ipv4 mangle neutron-dhcp-age-POSTROUTING']?.rules).toMatchObject([
      { text: '-p udp -m udp --dport 68 -j CHECKSUM --checksum-fill' },
    ]);
    expect(space?.netfilter).not.toHaveProperty(['ipv4 nat PREROUTING']);
  });

  test('is not there for a network that is down', () => {
    const networks = { alone: { 'provider:network_type': 'vxlan' as const, admin_state_up: false } };
    expect(serverOf({ networks }, 'alone')).toBeUndefined();
    expect(filesOf({ networks }, 'alone')).toEqual({});
  });
});

describe('the options of', () => {
  const options = (changes: Changes, network: string) => filesOf(changes, network)['opts'];

  test('a subnet behind a router: metadata and everything else by the router', () => {
    expect(options({}, 'red')).toMatchInlineSnapshot(`
      "tag:subnet,option:dns-server,203.0.113.53,203.0.113.54
      tag:subnet,option:classless-static-route,172.20.0.0/16,10.0.1.254,169.254.169.254/32,10.0.1.1,0.0.0.0/0,10.0.1.1
      tag:subnet,249,172.20.0.0/16,10.0.1.254,169.254.169.254/32,10.0.1.1,0.0.0.0/0,10.0.1.1
      tag:subnet,option:router,10.0.1.1
      "
    `);
  });

  test('a subnet without a gateway: no router, and metadata by DHCP where it serves it', () => {
    expect(options({}, 'alone')).toMatchInlineSnapshot(`
      "tag:subnet,option:dns-server
      tag:subnet,option:router
      "
    `);
    expect(options(isolated, 'alone')).toMatchInlineSnapshot(`
      "tag:subnet,option:dns-server
      tag:subnet,option:classless-static-route,169.254.169.254/32,10.0.3.1
      tag:subnet,249,169.254.169.254/32,10.0.3.1
      tag:subnet,option:router
      "
    `);
  });

  test('a subnet whose router has another address than the gateway’s: it is as good as isolated', () => {
    const router = { interfaces: ['red-subnet'] };
    expect(options({ ...isolated, router, floatingips: {} }, 'blue')).toMatchInlineSnapshot(`
      "tag:subnet,option:classless-static-route,169.254.169.254/32,10.0.2.2,0.0.0.0/0,10.0.2.1
      tag:subnet,249,169.254.169.254/32,10.0.2.2,0.0.0.0/0,10.0.2.1
      tag:subnet,option:router,10.0.2.1
      "
    `);
  });

  test('a route to everywhere: it is the gateway where there is no other', () => {
    const everywhere = { host_routes: [{ destination: '0.0.0.0/0', nexthop: '10.0.3.9' }] };
    expect(options({ subnets: { 'alone-subnet': everywhere } }, 'alone')).toMatchInlineSnapshot(`
      "tag:subnet,option:dns-server
      tag:subnet,option:router,10.0.3.9
      "
    `);
    const other = { host_routes: [{ destination: '0.0.0.0/0', nexthop: '10.0.2.9' }] };
    expect(options({ subnets: { 'blue-subnet': other } }, 'blue')).toContain('option:router,10.0.2.1\n');
  });

  test('two subnets of a network: each is on the wire of the other', () => {
    const subnets = { 'red-more': { network: 'red', cidr: '10.0.9.0/24', enable_dhcp: true } };
    expect(options({ subnets }, 'red')).toMatchInlineSnapshot(`
      "tag:subnet,option:dns-server,203.0.113.53,203.0.113.54
      tag:subnet,option:classless-static-route,10.0.9.0/24,0.0.0.0,172.20.0.0/16,10.0.1.254,169.254.169.254/32,10.0.1.1,0.0.0.0/0,10.0.1.1
      tag:subnet,249,10.0.9.0/24,0.0.0.0,172.20.0.0/16,10.0.1.254,169.254.169.254/32,10.0.1.1,0.0.0.0/0,10.0.1.1
      tag:subnet,option:router,10.0.1.1
      tag:subnet,option:classless-static-route,10.0.1.0/24,0.0.0.0,0.0.0.0/0,10.0.9.1
      tag:subnet,249,10.0.1.0/24,0.0.0.0,0.0.0.0/0,10.0.9.1
      tag:subnet,option:router,10.0.9.1
      "
    `);
  });
});

describe('metadata by DHCP', () => {
  const proxies = (changes: Changes): string[] =>
    Object.values(compiled(changes).nodes['gateway1']?.processes ?? {}).flatMap(({ name, owner }) =>
      name.startsWith('metadata-proxy-') ? [`${owner.kind} ${owner.name}`] : [],
    );

  test('is where no router is, if it is wanted', () => {
    expect(proxies({})).toEqual(['router r1']);
    expect(proxies(isolated)).toEqual(['router r1', 'network alone']);
    expect(proxies({ options: { metadata: false } })).toEqual([]);
  });

  test('is told to servers with static addresses too', () => {
    const server = { host: 'compute1', address: 'static' as const, networks: ['alone'] };
    const state = compiled({ ...isolated, servers: { alone2: server } });
    expect(state.nodes['guests']?.namespaces['alone2']?.routes).toEqual({
      '169.254.169.254/32': { destination: '169.254.169.254/32', via: '10.0.3.2', device: 'eth0' },
    });
  });
});
