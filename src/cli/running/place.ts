/** Servers and nodes by name: where a command is to run. */
import type { Cloud } from '../../cloud/cloud.ts';
import { EXIT, NetdojoError } from '../../errors/index.ts';
import { GUESTS } from '../../state/index.ts';
import { nearest, oneOf } from '../../topology/nearest.ts';

export interface Place {
  readonly kind: 'server' | 'node';
  readonly name: string;
  /** The node whose container it is in. */
  readonly node: string;
  /** What goes before a command so that it runs there. */
  readonly prefix: readonly string[];
}

/** @throws NetdojoError ND_PLACE_UNKNOWN */
export function placeNamed(cloud: Cloud, name: string): Place {
  if (Object.hasOwn(cloud.topology.servers, name)) {
    return { kind: 'server', name, node: GUESTS, prefix: ['ip', 'netns', 'exec', name] };
  }
  if (cloud.cluster.nodes.includes(name)) return { kind: 'node', name, node: name, prefix: [] };
  const names = placesOf(cloud);
  const [meant] = nearest(name, names);
  throw new NetdojoError(`no server and no node ${name} in ${cloud.name}`, {
    code: 'ND_PLACE_UNKNOWN',
    expected: oneOf(names),
    hint: meant === undefined ? `netdojo inspect ${cloud.name}` : `did you mean ${meant}?`,
    exitCode: EXIT.usage,
  });
}

/** Servers first, then nodes. */
function placesOf({ topology, cluster }: Cloud): string[] {
  return [...Object.keys(topology.servers), ...cluster.nodes.filter((node) => node !== GUESTS).toSorted()];
}
