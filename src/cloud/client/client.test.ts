import { expect, test } from 'vitest';
import { formatError } from '../../errors/index.ts';
import { type CloudDocument, defineCloud, loadUnderlay } from '../../topology/index.ts';
import { clientOf, type Editor } from './index.ts';

/** An editor of a document that nothing runs. */
function paper(): Editor & { readonly document: CloudDocument } {
  const document = defineCloud({
    cloud: 'paper',
    underlay: 'demo-cluster',
    networks: { red: {}, public: { 'provider:network_type': 'flat', 'router:external': true } },
    subnets: { 'red-subnet': { network: 'red', cidr: '10.0.1.0/24' } },
    routers: { r1: { interfaces: ['red-subnet'] } },
    servers: {
      web1: { host: 'compute1', networks: ['red'], security_groups: ['web'] },
      web2: { host: 'compute1', networks: ['red'] },
    },
    security_groups: {
      web: {
        security_group_rules: [
          { direction: 'ingress', protocol: 'tcp', port_range_min: 80, port_range_max: 80 },
          { direction: 'ingress', protocol: 'icmp' },
        ],
      },
      db: { security_group_rules: [{ direction: 'ingress', remote_group: 'web' }] },
    },
    floatingips: { fip: { floating_network: 'public', server: 'web1' } },
    loadbalancers: {
      shop: {
        vip_subnet: 'red-subnet',
        listeners: { http: { protocol: 'HTTP', protocol_port: 80, default_pool: 'web' } },
        pools: {
          web: {
            protocol: 'HTTP',
            lb_algorithm: 'ROUND_ROBIN',
            members: [
              { server: 'web1', protocol_port: 80 },
              { address: '10.0.1.9', protocol_port: 80 },
            ],
          },
        },
      },
    },
    firewall_rules: { ssh: { protocol: 'tcp', destination_port: 22, action: 'allow' }, web: {} },
    firewall_policies: { house: { firewall_rules: ['ssh'] } },
    firewalls: { fw: { firewall_policy: 'house' } },
  });
  return {
    document,
    edit: async (change) => {
      change(document, await loadUnderlay(document.underlay));
      return { changes: [], ms: 0 };
    },
  };
}

async function refusal(act: (client: ReturnType<typeof clientOf>) => Promise<unknown>): Promise<string> {
  try {
    await act(clientOf(paper()));
    return 'accepted';
  } catch (error) {
    return formatError(error);
  }
}

test('a floating IP moves, is let go and comes and goes', async () => {
  const editor = paper();
  const { floatingIps } = clientOf(editor);
  await floatingIps.associate('fip', { server: 'web2' });
  expect(editor.document.floatingips['fip']).toMatchObject({ server: 'web2' });
  await floatingIps.associate('fip', { port: 'web1-eth0', fixed_ip_address: '10.0.1.5' });
  expect(editor.document.floatingips['fip']).toMatchObject({
    port: 'web1-eth0',
    fixed_ip_address: '10.0.1.5',
  });
  expect(editor.document.floatingips['fip']).not.toHaveProperty('server');
  await floatingIps.disassociate('fip');
  expect(editor.document.floatingips['fip']).not.toHaveProperty('port');
  await floatingIps.portForwardings.create('fip', {
    protocol: 'tcp',
    external_port: 8080,
    internal_port: 80,
    server: 'web1',
  });
  expect(editor.document.floatingips['fip']?.port_forwardings).toHaveLength(1);
  await floatingIps.portForwardings.delete('fip', { protocol: 'tcp', external_port: 8080 });
  expect(editor.document.floatingips['fip']?.port_forwardings).toEqual([]);
  await floatingIps.create('second', { floating_network: 'public' });
  await floatingIps.delete('fip');
  expect(Object.keys(editor.document.floatingips)).toEqual(['second']);
});

test('rules of a group come and go, named by some of their attributes', async () => {
  const editor = paper();
  const { rules } = clientOf(editor).securityGroups;
  await rules.delete('web', { protocol: 'tcp' });
  expect(editor.document.security_groups['web']?.security_group_rules).toMatchObject([{ protocol: 'icmp' }]);
  await rules.create('web', { direction: 'ingress', protocol: 'udp' });
  expect(editor.document.security_groups['web']?.security_group_rules).toMatchObject([
    { protocol: 'icmp' },
    { protocol: 'udp' },
  ]);
});

test('a server migrates, a router gets another interface', async () => {
  const editor = paper();
  const client = clientOf(editor);
  await client.servers.migrate('web1', { host: 'compute2' });
  expect(editor.document.servers['web1']?.host).toBe('compute2');
  await client.routers.addInterface('r1', 'blue-subnet');
  expect(editor.document.routers['r1']?.interfaces).toEqual(['red-subnet', 'blue-subnet']);
  await client.routers.removeInterface('r1', 'red-subnet');
  await client.routers.removeInterface('r1', 'blue-subnet');
  await client.routers.delete('r1');
  expect(editor.document.routers).toEqual({});
});

test('a load balancer and its parts go down, members come, change and go', async () => {
  const editor = paper();
  const { loadBalancers } = clientOf(editor);
  const shop = () => editor.document.loadbalancers['shop'];
  const members = () => shop()?.pools['web']?.members;
  await loadBalancers.members.create('shop', 'web', { server: 'web2', protocol_port: 80 });
  await loadBalancers.members.update('shop', 'web', 'web1', { weight: 5, admin_state_up: false });
  await loadBalancers.members.update('shop', 'web', '10.0.1.9', { weight: 2 });
  expect(members()).toMatchObject([
    { server: 'web1', weight: 5, admin_state_up: false },
    { address: '10.0.1.9', weight: 2 },
    { server: 'web2', protocol_port: 80 },
  ]);
  await loadBalancers.members.delete('shop', 'web', 'web1');
  await loadBalancers.members.delete('shop', 'web', '10.0.1.9');
  expect(members()).toMatchObject([{ server: 'web2' }]);
  await loadBalancers.update('shop', { admin_state_up: false });
  await loadBalancers.listeners.update('shop', 'http', { admin_state_up: false });
  await loadBalancers.pools.update('shop', 'web', { admin_state_up: false });
  expect([shop(), shop()?.listeners['http'], shop()?.pools['web']]).toMatchObject([
    { admin_state_up: false },
    { admin_state_up: false },
    { admin_state_up: false },
  ]);
  expect(
    await refusal((client) => client.loadBalancers.members.delete('shop', 'web', 'web2')),
  ).toMatchInlineSnapshot(`
      "ND_NOT_FOUND: there is no member "web2"
        expected: one of web1, 10.0.1.9"
    `);
  expect(
    await refusal((client) => client.loadBalancers.members.update('shop', 'wbe', 'web1', {})),
  ).toMatchInlineSnapshot(`
      "ND_NOT_FOUND: there is no pool "wbe"
        expected: one of web"
    `);
});

test('a policy gets rules at a place and loses them, a firewall comes and goes', async () => {
  const editor = paper();
  const { firewalls, firewallGroups } = clientOf(editor);
  const rules = () => editor.document.firewall_policies['house']?.firewall_rules;
  await firewalls.policies.insertRule('house', 'web', { insert_before: 'ssh' });
  expect(rules()).toEqual(['web', 'ssh']);
  await firewalls.policies.removeRule('house', 'web');
  await firewalls.policies.insertRule('house', 'web', { insert_after: 'ssh' });
  expect(rules()).toEqual(['ssh', 'web']);
  await firewalls.rules.update('web', { enabled: false });
  expect(editor.document.firewall_rules['web']).toMatchObject({ enabled: false });
  await firewalls.rules.create('all', { action: 'allow' });
  await firewalls.rules.delete('all');
  await firewalls.update('fw', { admin_state_up: false });
  expect(editor.document.firewalls['fw']).toMatchObject({ admin_state_up: false });
  await firewalls.delete('fw');
  await firewallGroups.create('g', { ports: ['r1-red-subnet'] });
  await firewallGroups.update('g', { ingress_firewall_policy: 'house' });
  expect(editor.document.firewall_groups['g']).toMatchObject({ ingress_firewall_policy: 'house' });
  await firewallGroups.delete('g');
  expect(editor.document.firewall_groups).toEqual({});
  expect(await refusal((client) => client.firewalls.rules.delete('ssh'))).toMatchInlineSnapshot(`
    "ND_IN_USE: firewall rule "ssh" is in use by policy house
      expected: a firewall rule that nothing uses
      try: take away first what uses it"
  `);
});

test('what is in use, and what is not there, is refused', async () => {
  expect(await refusal(({ routers }) => routers.delete('r1'))).toMatchInlineSnapshot(`
    "ND_IN_USE: router "r1" is in use by subnet red-subnet
      expected: a router that nothing uses
      try: take away first what uses it"
  `);
  expect(await refusal(({ securityGroups }) => securityGroups.delete('web'))).toMatchInlineSnapshot(`
    "ND_IN_USE: security group "web" is in use by server web1, a rule of group db
      expected: a security group that nothing uses
      try: take away first what uses it"
  `);
  expect(await refusal(({ floatingIps }) => floatingIps.disassociate('fop'))).toMatchInlineSnapshot(`
    "ND_NOT_FOUND: there is no floating IP "fop"
      expected: one of fip"
  `);
  expect(
    await refusal(({ securityGroups }) => securityGroups.rules.delete('web', { protocol: 'sctp' })),
  ).toMatchInlineSnapshot(`
    "ND_NOT_FOUND: there is no rule of group web "protocol sctp"
      expected: one of direction ingress, ethertype IPv4, protocol tcp, port_range_min 80, port_range_max 80, direction ingress, ethertype IPv4, protocol icmp"
  `);
});

test('a router that can go nowhere else stays, and one with ha is not moved by hand', async () => {
  expect(await refusal(({ routers }) => routers.reschedule('r1'))).toMatchInlineSnapshot(`
    "ND_AGENT_NONE: no other L3 agent can hold router "r1"
      expected: another host with the role network or gateway, whose agents report and are in a mode for it, and that reaches its networks"
  `);
  const twice = async (client: ReturnType<typeof clientOf>) => {
    await client.routers.create('r2', { ha: true });
    await client.routers.reschedule('r2', { host: 'gateway1' });
  };
  expect(await refusal(twice)).toMatchInlineSnapshot(`
    "ND_ROUTER_HOSTS: router "r2" has ha: its hosts agree by VRRP which of them is active
      expected: a router without ha
      try: routers.r2.hosts in the document says which hosts hold it"
  `);
});
