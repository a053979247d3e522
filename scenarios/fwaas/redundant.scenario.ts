/**
 * Firewall as a Service on routers with ha: it filters on whichever host is active. The others have its rules as well,
 * and what it has cut stays cut with them, although conntrackd has told them of the connection.
 */
import { expect } from 'vitest';
import { scenarios, type Stage } from '../../src/scenario/index.ts';
import { linkDown } from '../vrrp/breaking.ts';
import {
  activeHost,
  FAST,
  FLOATING,
  INTERNET,
  NEEDS,
  otherHost,
  placeOf,
  redundant,
  untilActiveOn,
} from '../vrrp/redundancy.ts';
import { connected } from './held.ts';

/** A rule is in one policy alone. */
const rulesOf = (policy: string) =>
  ({
    [`${policy}-ssh`]: { protocol: 'tcp', destination_port: 22, action: 'allow' },
    [`${policy}-mail`]: { protocol: 'tcp', destination_port: 25, action: 'allow' },
    [`${policy}-web`]: { protocol: 'tcp', destination_port: 80, action: 'allow' },
    [`${policy}-echo`]: { protocol: 'icmp', source_ip_address: '10.0.1.0/24', action: 'allow' },
  }) as const;

const { routers, ...rest } = redundant(FAST);
const scenario = scenarios({
  cloud: {
    ...rest,
    routers: { ...routers, r2: { ...routers?.['r2'], distributed: true } },
    firewall_rules: { ...rulesOf('house'), ...rulesOf('into-blue'), ...rulesOf('from-blue') },
    firewall_policies: {
      house: { firewall_rules: Object.keys(rulesOf('house')) },
      'into-blue': { firewall_rules: ['ssh', 'mail', 'echo'].map((name) => `into-blue-${name}`) },
      'from-blue': { firewall_rules: ['from-blue-web'] },
    },
    firewalls: { house: { firewall_policy: 'house', routers: ['r1', 'r2'] } },
  },
  capability: 'fwaas',
});

/** What is asked by echo, and whether a router lets it pass. */
interface Asked {
  readonly from: string;
  readonly to: string;
  readonly passes: boolean;
}

/** That echo requests fare as the rules say, on a router's active host; they do not come to the other one. */
async function expectFiltered({ ping }: Stage, host: string, asked: readonly Asked[]): Promise<void> {
  for (const { from, to, passes } of asked) {
    const how = `${from} asks ${to} by ${host}`;
    const { outcome, verdict, request } = await ping(from, to, passes ? {} : { timeout: 0.3 });
    expect(outcome.outcome, how).toBe(passes ? 'reply' : 'no-reply');
    expect(verdict, how).toBe(passes ? 'delivered' : 'denied-firewall');
    expect(request, how).toTouch(host);
    expect(request, how).not.toTouch(otherHost(host));
  }
}

/** A router's other host becomes the active one, and stays it. */
async function failOver({ cloud }: Stage, router: string): Promise<string> {
  const host = await activeHost(cloud, router);
  const other = otherHost(host);
  await using _down = await linkDown(cloud, placeOf(cloud, host, router));
  await untilActiveOn(cloud, [other], { router });
  return other;
}

/** That a rule's going cuts the connection that stood by it and no other, and that a fail-over changes nothing of it. */
async function expectCut(stage: Stage, policy: string): Promise<string> {
  await using cut = await connected(stage, 'red1', 'blue2', 22);
  await using kept = await connected(stage, 'red1', 'blue2', 25);
  await stage.api.firewalls.policies.removeRule(policy, `${policy}-ssh`);
  expect(await cut.say('its rule has gone', 0.4)).toBe('no-answer');
  expect(await kept.say('another’s rule has gone')).toBe('echoed');
  const other = await failOver(stage, 'r1');
  expect(await kept.say('by the other host')).toBe('echoed');
  expect(await cut.say('by the other host, its rule has gone', 0.4)).toBe('no-answer');
  return other;
}

scenario(
  'a firewall filters on the active host and after a fail-over on the other one, and a connection that it has cut stays cut',
  { needs: [...NEEDS, 'firewalls'] },
  async (stage) => {
    const expectAll = async (host: string) => {
      await expectFiltered(stage, host, [
        { from: 'red1', to: 'blue2', passes: true },
        { from: 'blue2', to: 'red1', passes: false },
        { from: 'internet1', to: FLOATING, passes: false },
      ]);
      const { value } = await stage.tcp('internet1', FLOATING, { at: 'red1', port: 80 });
      expect(value.outcome).toBe('exchanged');
    };
    await expectAll(await activeHost(stage.cloud));
    await expectAll(await expectCut(stage, 'house'));
  },
);

scenario(
  'who leaves by what is central of a distributed router is filtered there, by the active host and after a fail-over by the other',
  { needs: [...NEEDS, 'distributed routers', 'firewalls'] },
  async (stage) => {
    const expectAll = async (host: string) => {
      await expectFiltered(stage, host, [{ from: 'green1', to: INTERNET, passes: false }]);
      const { value } = await stage.tcp('green1', INTERNET, { at: 'internet1', port: 80 });
      expect(value.outcome).toBe('exchanged');
    };
    await expectAll(await activeHost(stage.cloud, 'r2'));
    await expectAll(await failOver(stage, 'r2'));
  },
);

scenario(
  'a firewall group filters at its port on the active host and after a fail-over on the other one, and a connection that it has cut stays cut',
  { needs: [...NEEDS, 'firewall_groups'] },
  async (stage) => {
    await stage.edit((edited) => {
      edited.firewalls = {};
      edited.firewall_groups['blue'] = {
        ingress_firewall_policy: 'into-blue',
        egress_firewall_policy: 'from-blue',
        ports: ['r1-blue-subnet'],
      } as unknown as (typeof edited.firewall_groups)[string];
    });
    const expectAll = async (host: string) => {
      await expectFiltered(stage, host, [
        { from: 'red1', to: 'blue2', passes: true },
        { from: 'blue2', to: 'red1', passes: false },
        { from: 'internet1', to: FLOATING, passes: true },
      ]);
      const { value } = await stage.tcp('blue2', 'red1', { port: 80 });
      expect(value.outcome).toBe('exchanged');
    };
    await expectAll(await activeHost(stage.cloud));
    await expectAll(await expectCut(stage, 'into-blue'));
  },
);
