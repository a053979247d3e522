/** An address outside that stands for a server inside. */
import { expect } from 'vitest';
import {
  cloudDocument,
  guest,
  inPattern,
  routedPatterns,
  scenarios,
  service,
  tap,
  wire,
} from '../../src/scenario/index.ts';

const FLOATING = '203.0.113.110';
const SPARE = '203.0.113.120';
const document = await cloudDocument('classic-routed');

for (const pattern of routedPatterns) {
  const needs = ['routers', 'floatingips', pattern.encapsulation];
  const scenario = scenarios({
    cloud: inPattern(document, pattern),
    capability: 'floating-ips',
    pattern: pattern.name,
  });

  scenario(
    'the internet reaches a server by its floating IP, and sees that address in the answer',
    { needs },
    async ({ ping, tcp }) => {
      const { outcome, request, reply } = await ping('internet1', FLOATING);
      expect(outcome).toMatchObject({ outcome: 'reply', from: FLOATING });
      const outside = { src_ip: '198.51.100.10', dst_ip: FLOATING };
      const inside = { src_ip: '198.51.100.10', dst_ip: '10.0.1.11' };
      expect(request).toTravel(
        wire('internet1', 'upstream1', { ...outside, ttl: 64 }),
        wire('upstream1', 'tor1', { ...outside, ttl: 63 }),
        wire('tor1', 'gateway1', outside),
        service('gateway1', 'in', { ...outside, ttl: 63 }),
        service('gateway1', 'out', { ...inside, ttl: 62 }),
        wire('gateway1', 'tor1', inside),
        wire('tor1', 'compute1', inside),
        tap('compute1', inside),
        guest('red1', { ...inside, ttl: 62 }),
      );
      expect(reply).toTouch('upstream1');
      const talk = await tcp('internet1', FLOATING, { at: 'red1' });
      expect(talk.value).toMatchObject({ outcome: 'exchanged' });
    },
  );

  scenario('what a server with a floating IP sends out bears that address', { needs }, async ({ ping }) => {
    const { outcome, request } = await ping('red1', '198.51.100.10');
    expect(outcome).toMatchObject({ outcome: 'reply' });
    expect(request?.observed.verdict).toBe('delivered');
    const last = request?.observed.roots[0];
    expect(last).toBeDefined();
  });

  scenario(
    'a floating IP moves to another server, and the neighbour outside learns nothing new',
    { needs },
    async ({ api, ping }) => {
      expect((await ping('internet1', FLOATING)).request).toArriveAt('red1');
      await api.floatingIps.associate('red1', { server: 'blue2' });
      const { outcome, request } = await ping('internet1', FLOATING);
      expect(outcome).toMatchObject({ outcome: 'reply', from: FLOATING });
      expect(request).toArriveAt('blue2');
      expect(request).not.toTouch('red1');
    },
  );

  scenario('a floating IP that is let go answers nobody', { needs }, async ({ api, ping }) => {
    expect((await ping('internet1', FLOATING)).outcome).toMatchObject({ outcome: 'reply' });
    await api.floatingIps.disassociate('red1');
    expect((await ping('internet1', FLOATING, { timeout: 0.3 })).outcome.outcome).not.toBe('reply');
    await api.floatingIps.associate('red1', { server: 'red1' });
    expect((await ping('internet1', FLOATING)).outcome).toMatchObject({ outcome: 'reply' });
  });

  scenario('a server reaches its neighbour, and itself, by a floating IP', { needs }, async ({ ping }) => {
    expect((await ping('red2', FLOATING)).request).toArriveAt('red1');
    expect((await ping('red1', FLOATING)).request).toArriveAt('red1');
    expect((await ping('blue1', FLOATING)).request).toArriveAt('red1');
  });

  scenario(
    'ports of a floating IP are forwarded, and no other',
    { needs: [...needs, 'port_forwardings'] },
    async ({ api, tcp, udp }) => {
      await api.floatingIps.portForwardings.create('spare', {
        protocol: 'tcp',
        external_port: 8080,
        internal_port: 80,
        server: 'red2',
      });
      const talk = await tcp('internet1', SPARE, { at: 'red2', port: 80, through: 8080 });
      expect(talk.value).toMatchObject({ outcome: 'exchanged' });
      const beside = await tcp('internet1', SPARE, { at: 'red2', port: 80, through: 8081, timeout: 0.4 });
      expect(beside.value.outcome).not.toBe('exchanged');
      const other = await udp('internet1', SPARE, 8080);
      expect(other.request).not.toTouch('red2');
    },
  );

  scenario(
    'a floating IP that is given to a server is announced outside, and who had asked in vain reaches it',
    { needs },
    async ({ api, cloud, ping, watch }) => {
      expect((await ping('internet1', SPARE, { timeout: 0.3 })).outcome.outcome).not.toBe('reply');
      const { journeys } = await watch('the spare floating IP is given to blue2', () =>
        api.floatingIps.associate('spare', { server: 'blue2' }),
      );
      const gateway = cloud.topology.ports['r1-gateway']?.mac_address;
      // As the L3 agent does it, by request and by reply; a request alone is what the cloud sends for any new address.
      const announced = journeys.filter(
        ({ headers: { arp } }) => arp?.sender_ip === SPARE && arp.target_ip === SPARE,
      );
      const ways = new Set(announced.map(({ headers: { arp } }) => arp?.operation));
      expect(ways, `announcements of ${SPARE} by router r1`).toEqual(new Set(['request', 'reply']));
      for (const journey of announced) {
        expect(journey.headers.arp?.sender_mac).toBe(gateway);
        expect(journey).toTouch('upstream1');
      }
      const { outcome, request } = await ping('internet1', SPARE);
      expect(outcome).toMatchObject({ outcome: 'reply', from: SPARE });
      expect(request).toArriveAt('blue2');
    },
  );
}
