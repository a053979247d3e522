/**
 * Firewall as a Service v1 on a distributed router: what goes in and out of the cloud is filtered, where it does so. What
 * goes from one network to another is not, as it was (the driver says so: chains are on sg- and rfp- devices alone).
 */
import { expect } from 'vitest';
import { cloudDocument, scenarios } from '../../src/scenario/index.ts';
import { connected } from './held.ts';

const document = await cloudDocument('juno-distributed');
const needs = ['distributed routers', 'floatingips', 'firewalls', 'vxlan'];
const INTERNET = '198.51.100.10';
const FLOATING = '203.0.113.60';
const NETWORK_NODES = ['network1', 'network2'];

for (const release of ['juno', 'now'] as const) {
  const scenario = scenarios({
    cloud: {
      ...document,
      options: { ...document.options, release },
      firewall_rules: {
        web: { project: 'tenant', protocol: 'tcp', destination_port: 80, action: 'allow' },
        echo: { project: 'tenant', protocol: 'icmp', source_ip_address: '10.0.2.0/24', action: 'allow' },
      },
      firewall_policies: { house: { project: 'tenant', firewall_rules: ['web', 'echo'] } },
      firewalls: { fw: { project: 'tenant', firewall_policy: 'house' } },
    },
    capability: 'fwaas',
    pattern: `dvr, ${release}`,
  });

  scenario(
    'between networks of a distributed router everything passes, on one host and across, on neither network node',
    { needs },
    async ({ ping, udp }) => {
      for (const to of ['db1', 'db2']) {
        const { verdict, request } = await udp('web1', to, 4321);
        expect(verdict).toBe('delivered');
        for (const node of NETWORK_NODES) expect(request).not.toTouch(node);
        const echo = await ping('web2', to);
        expect(echo.outcome).toMatchObject({ outcome: 'reply', ttl: 63 });
        for (const node of NETWORK_NODES) {
          expect(echo.request).not.toTouch(node);
          expect(echo.reply).not.toTouch(node);
        }
      }
    },
  );

  scenario(
    'a floating IP is filtered on the server’s own host, in both directions',
    { needs },
    async ({ ping, tcp }) => {
      const open = await tcp('internet1', FLOATING, { at: 'web1', port: 80 });
      expect(open.value.outcome).toBe('exchanged');
      const shut = await tcp('internet1', FLOATING, { at: 'web1', port: 81, timeout: 0.3 });
      expect(shut.value.outcome).toBe('no-connection');
      const inward = await ping('internet1', FLOATING, { timeout: 0.3 });
      expect(inward.verdict).toBe('denied-firewall');
      expect(inward.request).toTouch('compute1');
      expect(inward.request).not.toTouch('network1');
      const outward = await ping('web1', INTERNET, { timeout: 0.3 });
      expect(outward.verdict).toBe('denied-firewall');
      expect(outward.request).not.toTouch('upstream1');
      expect((await ping('db2', INTERNET)).outcome).toMatchObject({ outcome: 'reply' });
    },
  );

  scenario(
    'who leaves by the central address is filtered on the network node',
    { needs },
    async ({ ping, tcp }) => {
      const { outcome, request } = await ping('db1', INTERNET);
      expect(outcome).toMatchObject({ outcome: 'reply' });
      expect(request).toTouch('network1');
      const denied = await ping('web2', INTERNET, { timeout: 0.3 });
      expect(denied.verdict).toBe('denied-firewall');
      expect(denied.request).toTouch('network1');
      expect(denied.request).not.toTouch('upstream1');
      expect((await tcp('web2', INTERNET, { at: 'internet1', port: 80 })).value.outcome).toBe('exchanged');
    },
  );

  const outlives = release === 'juno';
  scenario(
    outlives
      ? 'at Juno a connection outlives the rule that has let it in, by a floating IP and by the central address'
      : 'a rule that goes cuts what stood by it, by a floating IP and by the central address, and nothing between networks',
    { needs },
    async (stage) => {
      await using byFloating = await connected(stage, 'web1', 'db2', 80, '203.0.113.61');
      await using byCentral = await connected(stage, 'web2', 'web1', 80, FLOATING);
      await using between = await connected(stage, 'web2', 'db1', 80);
      await stage.api.firewalls.policies.removeRule('house', 'web');
      const refused = await stage.tcp('internet1', FLOATING, {
        at: 'web1',
        port: 81,
        through: 80,
        timeout: 0.3,
      });
      expect(refused.value.outcome).toBe('no-connection');
      const after = outlives ? 'echoed' : 'no-answer';
      const silence = outlives ? undefined : 0.4;
      expect(await byFloating.say('the rule has gone, by floating IPs', silence)).toBe(after);
      expect(await byCentral.say('the rule has gone, by the central address', silence)).toBe(after);
      expect(await between.say('the rule has gone, between networks')).toBe('echoed');
    },
  );
}
