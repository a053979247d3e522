import type { Cloud } from '../../cloud/cloud.ts';
import { cookieIndex } from '../../state/index.ts';
import type { Context, Result } from '../context.ts';
import { type CloudJson, cloudJson, serverTable } from '../describe-cloud.ts';
import {
  type FloatingIpJson,
  floatingIpsJson,
  floatingIpTable,
  type RouterJson,
  routersJson,
  routerTable,
} from '../describe-routers.ts';
import { shortest } from '../documents.ts';
import { type FlowJson, flowsOf, flowsText } from '../flows.ts';
import { placeNamed } from '../running/place.ts';
import { withCloud } from '../running/with-cloud.ts';
import { table } from '../terminal/table.ts';

export interface InspectInput {
  readonly cloud?: string;
  /** A node. */
  readonly flows?: string;
  readonly state?: boolean;
}

export async function inspect(context: Context, input: InspectInput): Promise<Result> {
  return await withCloud(context, input.cloud, async (cloud) => {
    if (input.state) {
      const { state } = cloud.cluster;
      context.print(JSON.stringify(state, null, 2));
      return { json: { cloud: cloud.name, state } };
    }
    if (input.flows !== undefined) {
      const flows = await flowsAt(cloud, input.flows);
      context.print(flowsText(flows, context));
      return { json: { cloud: cloud.name, node: input.flows, flows } };
    }
    const json = cloudJson({
      name: cloud.name,
      topology: cloud.topology,
      state: cloud.cluster.state,
      target: cloud.target.name,
      datapath: cloud.cluster.datapathType,
      document: cloud.document,
    });
    const routers = routersJson(cloud.topology, cloud.cluster.state, await cloud.activeHosts());
    const whole = { ...json, routers, floatingips: floatingIpsJson(cloud.topology) };
    context.print(cloudText(whole, context));
    return { json: whole };
  });
}

async function flowsAt(cloud: Cloud, node: string): Promise<FlowJson[]> {
  const place = placeNamed(cloud, node);
  const agent = await cloud.cluster.agent(place.node);
  const owners = cookieIndex(cloud.cluster.state);
  const bridges = Object.keys(cloud.cluster.state.nodes[place.node]?.bridges ?? {});
  const dumps = await Promise.all(
    bridges.map(async (bridge) => {
      const { stdout } = await agent.run(['ovs-ofctl', '-O', 'OpenFlow14', 'dump-flows', bridge]);
      return flowsOf(bridge, stdout, owners);
    }),
  );
  return dumps.flat();
}

type WholeJson = CloudJson & {
  readonly routers: readonly RouterJson[];
  readonly floatingips: readonly FloatingIpJson[];
};

function cloudText(cloud: WholeJson, context: Context): string {
  const { paint } = context;
  const dim = (cells: readonly string[]): string[] => cells.map((cell) => paint('dim', cell));
  const facts = [
    ['target', `${cloud.target}, ${cloud.datapath} datapath`],
    ['underlay', cloud.underlay],
    ['document', cloud.document === null ? '-' : shortest(cloud.document)],
  ];
  return [
    paint('bold', cloud.cloud),
    table(facts.map(([name = '', value = '']) => [`  ${paint('dim', name)}`, value])),
    '',
    table([
      dim(['NODE', 'ROLE', 'BRIDGES']),
      ...cloud.nodes.map(({ name, role, bridges }) => [name, role, bridges.join(' ') || '-']),
    ]),
    '',
    table([
      dim(['NETWORK', 'TYPE', 'ID', 'MTU']),
      ...cloud.networks.map((network) => [
        network.name,
        network['provider:network_type'],
        String(network['provider:segmentation_id'] ?? '-'),
        String(network.mtu),
      ]),
    ]),
    '',
    ...(cloud.routers.length === 0 ? [] : [routerTable(cloud.routers, context), '']),
    ...(cloud.floatingips.length === 0 ? [] : [floatingIpTable(cloud.floatingips, context), '']),
    serverTable(cloud, context),
  ].join('\n');
}
