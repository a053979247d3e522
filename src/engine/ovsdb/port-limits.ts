/**
 * Limits of ports as operations on the database: a queue for what leaves by a port, a policer for what comes in by it,
 * in the rows that Neutron's agent writes (_update_ingress_bw_limit_for_port and _set_egress_bw_limit_for_port of
 * ovs_lib.py). QoS and Queue are tables whose rows nobody has to refer to: they are found again by the port's name.
 */
import type { OvsPortState, RateState } from '../../state/index.ts';
import type { Operation } from './operations.ts';

/** What a port is to be limited to; neither where a limit goes, or the port itself. */
export interface PortLimits {
  readonly name: string;
  readonly shaping?: RateState;
  readonly policing?: RateState;
  /** The port stays, or comes. */
  readonly present: boolean;
}

/** What has to be said of a port that comes, changes or goes; nothing where it never had a limit. */
export function portLimits(
  before: OvsPortState | undefined,
  after: OvsPortState | undefined,
): PortLimits | undefined {
  const limited = [before, after].some((port) => port?.shaping !== undefined || port?.policing !== undefined);
  const name = (after ?? before)?.name;
  if (!limited || name === undefined) return undefined;
  return {
    name,
    ...(after?.shaping && { shaping: after.shaping }),
    ...(after?.policing && { policing: after.policing }),
    present: after !== undefined,
  };
}

/** Both tables count in bits a second. */
const bits = (kilobits: number): string => String(kilobits * 1000);
const rowName = (kind: string, port: string): string => `${kind}_${Buffer.from(port).toString('hex')}`;

export function limitOperations(all: readonly PortLimits[]): Operation[] {
  return all.flatMap(({ name, shaping, policing, present }): Operation[] => {
    const own = [['external_ids', 'includes', ['map', [['id', name]]]]];
    const where = [['name', '==', name]];
    const free: Operation = { op: 'update', table: 'Port', where, row: { qos: ['set', []] } };
    const gone: Operation[] = ['QoS', 'Queue'].map((table) => ({ op: 'delete', table, where: own }));
    if (!present) return gone;
    const police: Operation = {
      op: 'update',
      table: 'Interface',
      where,
      row: {
        ingress_policing_rate: policing?.rate_kbps ?? 0,
        ingress_policing_burst: policing?.burst_kbps ?? 0,
      },
    };
    return [free, ...gone, police, ...(shaping ? shapeOperations(name, shaping) : [])];
  });
}

function shapeOperations(name: string, { rate_kbps, burst_kbps }: RateState): Operation[] {
  const rate = ['max-rate', bits(rate_kbps)];
  const burst = burst_kbps > 0 ? [['burst', bits(burst_kbps)]] : [];
  const ids = ['id', name];
  const queue = rowName('u', name);
  const qos = rowName('q', name);
  return [
    {
      op: 'insert',
      table: 'Queue',
      'uuid-name': queue,
      row: { other_config: ['map', [rate, ...burst]], external_ids: ['map', [ids, ['queue_type', '0']]] },
    },
    {
      op: 'insert',
      table: 'QoS',
      'uuid-name': qos,
      row: {
        type: 'linux-htb',
        other_config: ['map', [rate]],
        queues: ['map', [[0, ['named-uuid', queue]]]],
        external_ids: ['map', [ids]],
      },
    },
    { op: 'update', table: 'Port', where: [['name', '==', name]], row: { qos: ['named-uuid', qos] } },
  ];
}
