/** QoS policies: what ports send is marked, and what goes to them waits its turn. */
import { dissect, type Layer } from 'tcpdump-parser';
import { expect } from 'vitest';
import type { Cloud } from '../../src/cloud/index.ts';
import type { CapturedFrame } from '../../src/observe/index.ts';
import { scenarios } from '../../src/scenario/index.ts';

const scenario = scenarios({ cloud: 'classic-ports', capability: 'ports' });

type Ipv4 = Extract<Layer, { readonly protocol: 'ipv4' }>;

/** DSCP of the IPv4 headers that frames wear, each in the one around it, by kind of point. */
function marks(cloud: Cloud, frames: readonly CapturedFrame[], kind: 'guest' | 'tap' | 'wire'): string[] {
  const seen = frames.flatMap(({ point, bytes }) => {
    if (cloud.points.get(point)?.kind !== kind) return [];
    const { layers } = dissect(bytes);
    if (!layers.some(({ protocol }) => protocol === 'icmp')) return [];
    return [layers.filter((layer): layer is Ipv4 => layer.protocol === 'ipv4').map(({ dscp }) => dscp)];
  });
  return [...new Set(seen.map((list) => list.toReversed().join(' in ')))];
}

const ofSender = (cloud: Cloud, server: string, frames: readonly CapturedFrame[]): CapturedFrame[] => {
  const { mac_address } = cloud.port(server);
  return frames.filter(({ bytes }) =>
    dissect(bytes).layers.some((layer) => layer.protocol === 'ethernet' && layer.source === mac_address),
  );
};

scenario(
  'what a marked port sends has its DSCP on the wire in the inner header, and the tunnel’s own header has none',
  { needs: ['qos_policies', 'vxlan'] },
  async ({ cloud, ping }) => {
    const { outcome, observed } = await ping('marked', 'red2');
    expect(outcome).toMatchObject({ outcome: 'reply' });
    const sent = ofSender(cloud, 'marked', observed.frames);
    expect(marks(cloud, sent, 'wire'), 'DSCP on the wires of what marked sends').toEqual(['46 in 0']);
    // The server itself did not mark it.
    const own = sent.filter(({ point }) => point === 'marked:eth0');
    expect(marks(cloud, own, 'guest'), 'DSCP as marked itself sends it').toEqual(['0']);
    const arrived = sent.filter(({ point }) => point === 'red2:eth0');
    expect(marks(cloud, arrived, 'guest'), 'DSCP as it comes to red2').toEqual(['46']);
    // What comes to the port is not marked; an echo’s answer has the mark of its request (RFC 1122, 3.2.2.6).
    const back = await ping('red2', 'marked');
    expect(
      marks(cloud, ofSender(cloud, 'red2', back.observed.frames), 'wire'),
      'DSCP on the wires of what red2 sends',
    ).toEqual(['0 in 0']);
  },
);

scenario(
  'a mark follows the policy while the cloud runs: of the port, of its network, of nobody',
  { needs: ['qos_policies'] },
  async ({ cloud, edit, ping }) => {
    const marked = async (from: string, by: string, dscp: number): Promise<void> => {
      const { observed } = await ping(from, 'red2');
      const seen = marks(cloud, ofSender(cloud, from, observed.frames), 'wire');
      expect(seen, `DSCP on the wires of what ${from} sends, ${by}`).toEqual([`${dscp} in 0`]);
    };
    await edit(({ qos_policies }) => {
      for (const rule of qos_policies['voice']?.rules ?? []) {
        if (rule.type === 'dscp_marking') rule.dscp_mark = 26;
      }
    });
    await marked('marked', 'by the policy of its port', 26);
    await marked('red1', 'without a policy', 0);
    await edit(({ networks, ports }) => {
      const { red } = networks;
      if (red) red.qos_policy = 'voice';
      delete ports['marked1']?.qos_policy;
    });
    await marked('marked', 'by the policy of its network', 26);
    await marked('red1', 'by the policy of its network', 26);
    await edit(({ networks }) => {
      delete networks['red']?.qos_policy;
    });
    await marked('red1', 'whose network has lost its policy', 0);
  },
);

const BYTES = 400_000;

/** What holds back packets to a server, as its host's kernel tells it. */
async function queues(cloud: Cloud, server: string): Promise<string> {
  const agent = await cloud.cluster.agent(cloud.server(server).host);
  const device = `tap${cloud.port(server).id}`.slice(0, 14);
  return (await agent.run(['tc', 'qdisc', 'show', 'dev', device])).stdout;
}

scenario(
  'what goes to a limited port comes at its rate, and what goes to its neighbour does not wait',
  { needs: ['qos_policies'] },
  async ({ cloud, tcp }) => {
    const { value } = await tcp('red2', 'slow', { size: BYTES, timeout: 10 });
    if (value.outcome !== 'exchanged') throw new Error(`slow: ${value.outcome}`);
    // 3000 kbit/s with Ethernet headers, less one burst of 300 kbit at once.
    expect((BYTES * 8 * 1000) / value.us, 'kbit/s to slow').toBeLessThan(4500);
    // How fast it goes to the neighbour is the machine's affair; nothing holds it back.
    expect((await tcp('red2', 'red1', { size: BYTES, timeout: 10 })).value.outcome).toBe('exchanged');
    expect(await queues(cloud, 'slow')).toContain('htb');
    expect(await queues(cloud, 'red1')).not.toContain('htb');
  },
);

scenario(
  'a limit of a running port can be taken away and come again',
  { needs: ['qos_policies'] },
  async ({ cloud, edit, tcp }) => {
    const took = async (size: number): Promise<number> => {
      const { value } = await tcp('red2', 'slow', { size, timeout: 10 });
      return value.outcome === 'exchanged' ? value.us / 1_000_000 : Number.NaN;
    };
    await edit(({ ports }) => {
      delete ports['slow1']?.qos_policy;
    });
    // How fast it goes without, and how much at once, is the machine's affair; what holds packets back is gone.
    await expect.poll(() => queues(cloud, 'slow'), { timeout: 5000 }).not.toContain('htb');
    expect(await took(4000)).toBeGreaterThan(0);
    await edit(({ ports }) => {
      const { slow1 } = ports;
      if (slow1) slow1.qos_policy = 'slow';
    });
    await expect.poll(() => queues(cloud, 'slow'), { timeout: 5000 }).toContain('htb');
    expect(await took(BYTES), 'seconds that bytes to slow take with its limit again').toBeGreaterThan(0.7);
  },
);

scenario(
  'what a server sends is limited, or it is said at once that this machine keeps no such limit',
  { needs: ['qos_policies'] },
  async ({ cloud, edit, tcp }) => {
    const limit = edit(({ qos_policies, ports }) => {
      qos_policies['upload'] = {
        rules: [{ type: 'bandwidth_limit', direction: 'egress', max_kbps: 3000, max_burst_kbps: 300 }],
      };
      const { marked1 } = ports;
      if (marked1) marked1.qos_policy = 'upload';
    });
    const refused = await limit.then(
      () => undefined,
      (error: unknown) => error,
    );
    if (refused === undefined) {
      // How fast it goes without is the machine's affair.
      const agent = await cloud.cluster.agent(cloud.server('marked').host);
      const device = `tap${cloud.port('marked').id}`.slice(0, 14);
      const argv = ['ovs-vsctl', 'get', 'Interface', device, 'ingress_policing_rate'];
      const { stdout } = await agent.run(argv);
      expect(stdout.trim(), `kbit/s that the switch takes from ${device}`).toBe('3000');
      const { value } = await tcp('marked', 'red2', { size: BYTES, timeout: 10, oracle: 'off' });
      expect(value).toMatchObject({ outcome: 'exchanged' });
      expect(value.outcome === 'exchanged' && (BYTES * 8 * 1000) / value.us).toBeLessThan(4500);
      return;
    }
    expect(refused).toMatchObject({
      code: 'ND_PORT_LIMIT',
      message: expect.stringContaining('what comes from tap'),
    });
    // The cloud is taken back to what it was.
    await edit(() => undefined);
    expect((await tcp('marked', 'red2')).value).toMatchObject({ outcome: 'exchanged' });
  },
);
