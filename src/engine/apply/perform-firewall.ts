/** Puts sets and chains into a node's namespaces. */
import { isNetdojoError, NetdojoError } from '../../errors/index.ts';
import type { Agent } from '../agent/connection.ts';
import { allEnded } from './all-ended.ts';
import type { FirewallBatch, OwnedText } from './netfilter.ts';

const PROGRAMS = { ipv4: 'iptables-restore', ipv6: 'ip6tables-restore' } as const;

/**
 * The node's own iptables is that of Neutron's nodes, with nf_tables behind it. A table takes it some 12 ms, which it
 * spends waiting for the kernel: hence namespaces and families at once.
 *
 * @throws NetdojoError ND_FIREWALL with the line and who asked for it; ND_NODE_COMMAND, ND_NODE_LOST
 */
export function performFirewall(agent: Agent, batches: readonly FirewallBatch[]): Promise<void> {
  return allEnded(
    batches.map(async ({ namespace, sets, restores, formerSets }) => {
      await feed(agent, namespace, ['ipset', 'restore', '-exist'], sets);
      await allEnded(
        restores.map((restore) =>
          feed(agent, namespace, [PROGRAMS[restore.family], '--noflush', '-w'], restore),
        ),
      );
      await feed(agent, namespace, ['ipset', 'restore', '-exist'], formerSets);
    }),
  );
}

async function feed(
  agent: Agent,
  namespace: string,
  argv: readonly string[],
  given: OwnedText,
): Promise<void> {
  if (given.text === '') return;
  try {
    await agent.run(argv, { namespace, stdin: given.text });
  } catch (error) {
    throw withLine(error, namespace, given);
  }
}

/** iptables: `Error occurred at line: 4`, `line 4: RULE_APPEND failed`, `line 4 failed`; ipset: `Error in line 2`. */
const LINE = /\bline:? (\d+)/u;

/** What a rule jumps to is looked for only when its table is complete: `Chain 'x' does not exist`, at COMMIT. */
const MISSING = /Chain '([^']+)' does not exist/u;

/** Number of the line of which the program complains; NaN when it names none. */
function lineAtFault(text: string, complaint: string): number {
  const number = Number(LINE.exec(complaint)?.[1]);
  const missing = MISSING.exec(complaint)?.[1];
  const lines = text.split('\n');
  if (missing === undefined || lines[number - 1] !== 'COMMIT') return number;
  const jumps = [`-j ${missing}`, `-g ${missing}`];
  const at = lines
    .slice(0, number)
    .findLastIndex((line) => jumps.some((jump) => `${line} `.includes(` ${jump} `)));
  return at < 0 ? number : at + 1;
}

/** A complaint of the program about a line, with the line itself and who asked for it. */
export function withLine(error: unknown, namespace: string, { text, owners }: OwnedText): unknown {
  if (!isNetdojoError(error) || error.code !== 'ND_NODE_COMMAND') return error;
  const { place, exitCode } = error;
  if (place === undefined || !('node' in place)) return error;
  const number = lineAtFault(text, place.stderr ?? '');
  const line = text.split('\n')[number - 1];
  if (!line) return error;
  const owner = owners.get(number);
  const inside = namespace === '' ? '' : `ip netns exec ${namespace} `;
  return new NetdojoError(`${place.node}:${namespace === '' ? '' : ` ${namespace}:`} refused: ${line}`, {
    code: 'ND_FIREWALL',
    place: { ...place, command: [inside, place.command].flat().join('').trim() },
    ...(owner ? { expected: `what ${owner.kind} ${owner.name} needs: ${owner.purpose}` } : {}),
    hint: `netdojo exec ${place.node} -- ${inside}${text.startsWith('*') ? 'iptables-save' : 'ipset list'}`,
    exitCode,
  });
}
