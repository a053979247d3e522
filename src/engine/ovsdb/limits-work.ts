/**
 * Whether limits of ports are kept. Open vSwitch takes them and says no more than a line in its log where the kernel
 * lacks what they need, so the kernel is asked what it has.
 */
import { EXIT, NetdojoError } from '../../errors/index.ts';
import type { Agent } from '../agent/connection.ts';
import type { DatapathType } from './operations.ts';
import type { PortLimits } from './port-limits.ts';

interface Lacking {
  readonly what: string;
  readonly because: string;
  readonly expected: string;
  readonly command: readonly string[];
}

const POLICER = 'a kernel with openvswitch, cls_basic or cls_matchall, and act_police';

/** @throws NetdojoError ND_PORT_LIMIT for a limit that would limit nothing */
export async function assertLimitsWork(
  agent: Agent,
  all: readonly PortLimits[],
  datapathType: DatapathType,
): Promise<void> {
  for (const { name, shaping, policing } of all) {
    if (shaping) {
      const command = ['tc', 'class', 'show', 'dev', name];
      const { stdout } = await agent.run(command);
      const expected = 'a kernel with sch_htb';
      const because = 'the kernel made no queue';
      if (!stdout.includes('class htb'))
        throw unlimited(agent, { what: 'goes to', because, expected, command }, name);
    }
    if (policing) {
      const command = ['tc', 'filter', 'show', 'dev', name, 'ingress'];
      const { stdout } = await agent.run(command);
      const lacking = { what: 'comes from', expected: POLICER, command };
      if (!stdout.includes('police'))
        throw unlimited(agent, { ...lacking, because: 'the kernel made no policer' }, name);
      // Packet sockets get a frame before the policer does (__netif_receive_skb_core of Linux's net/core/dev.c).
      const because = 'Open vSwitch in user space takes frames before the kernel’s policer';
      if (datapathType === 'netdev') throw unlimited(agent, { ...lacking, because }, name);
    }
  }
}

function unlimited(
  { node }: Agent,
  { what, because, expected, command }: Lacking,
  device: string,
): NetdojoError {
  return new NetdojoError(`${node}: what ${what} ${device} cannot be limited here: ${because}`, {
    code: 'ND_PORT_LIMIT',
    place: { node, command },
    expected,
    hint: 'netdojo doctor\nor take the bandwidth_limit out of the QoS policy',
    exitCode: EXIT.environment,
  });
}
