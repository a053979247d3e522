/** The shapes of JSON answers are promises: what is held here may grow, and not change. */
import { describe, expect, test } from 'vitest';
import { EXIT, NetdojoError } from '../errors/index.ts';
import { cookieIndex, emptyCloud } from '../state/index.ts';
import { targetNamed } from '../targets/index.ts';
import { DocumentErrors, loadCloud } from '../topology/index.ts';
import { codeOf } from './commands/test.ts';
import { cloudJson, serverTable } from './describe-cloud.ts';
import { errorAnswer } from './error-json.ts';
import { flowsOf, flowsText } from './flows.ts';
import { painter } from './terminal/paint.ts';
import { countResults, scenariosOf } from './vitest-json.ts';

const plain = { paint: painter(false) };

describe('errors', () => {
  const mistake = (message: string) =>
    new NetdojoError(message, {
      code: 'ND_DOCUMENT_KEY',
      place: { file: 'a.yaml', line: 3, column: 5 },
      expected: 'name',
      hint: 'did you mean name?',
      exitCode: EXIT.usage,
    });

  test('one', () => {
    expect(errorAnswer(mistake('unknown key nam'))).toEqual({
      schema: 'netdojo.error/1',
      code: 'ND_DOCUMENT_KEY',
      message: 'unknown key nam',
      place: { file: 'a.yaml', line: 3, column: 5 },
      expected: 'name',
      hint: 'did you mean name?',
      exitCode: 2,
    });
  });

  test('several', () => {
    const answer = errorAnswer(new DocumentErrors([mistake('first'), mistake('second')]));
    expect(answer).toMatchObject({ code: 'ND_DOCUMENT', message: '2 errors in a.yaml', exitCode: 2 });
    expect(answer.errors?.map(({ message }) => message)).toEqual(['first', 'second']);
  });

  test('a bug', () => {
    expect(errorAnswer(new TypeError('x is not a function'))).toEqual({
      schema: 'netdojo.error/1',
      code: 'ND_UNEXPECTED',
      message: 'x is not a function',
      exitCode: 3,
    });
  });
});

test('a cloud', async () => {
  const topology = await loadCloud('fixtures/clouds/l2-demo.yaml');
  const { state } = targetNamed('ml2-ovs').compile(topology);
  const json = cloudJson({
    name: 'mine',
    topology,
    state,
    target: 'ml2-ovs',
    datapath: 'netdev',
    document: undefined,
  });
  expect({
    ...json,
    nodes: json.nodes.slice(1, 2),
    servers: json.servers.slice(0, 1),
  }).toMatchInlineSnapshot(`
    {
      "cloud": "mine",
      "datapath": "netdev",
      "document": null,
      "networks": [
        {
          "mtu": 1450,
          "name": "red",
          "provider:network_type": "vxlan",
          "provider:segmentation_id": 5001,
        },
        {
          "mtu": 1450,
          "name": "blue",
          "provider:network_type": "vxlan",
          "provider:segmentation_id": 5002,
        },
      ],
      "nodes": [
        {
          "bridges": [
            "br-int",
            "br-vlan",
            "br-phy",
            "br-tun",
          ],
          "name": "compute1",
          "role": "compute",
        },
      ],
      "servers": [
        {
          "host": "compute1",
          "name": "web1",
          "nics": [
            {
              "device": "eth0",
              "fixed_ips": [
                "10.0.1.11",
              ],
              "local_vlan": 1,
              "mac_address": "fa:16:3e:62:9e:3e",
              "network": "red",
              "port": "web1-eth0",
              "tap": "tap53981ed7-d7",
            },
          ],
          "project": "shop",
        },
      ],
      "target": "ml2-ovs",
      "underlay": "demo-cluster",
    }
  `);
  expect(serverTable(json, plain)).toMatchInlineSnapshot(`
    "SERVER  HOST      NIC   NETWORK  ADDRESS    MAC                TAP             VLAN
    web1    compute1  eth0  red      10.0.1.11  fa:16:3e:62:9e:3e  tap53981ed7-d7  1
    web2    compute2  eth0  red      10.0.1.12  fa:16:3e:b5:a3:64  tap7d673680-78  11
    web3    compute1  eth0  red      10.0.1.13  fa:16:3e:c4:d3:ed  tap52c8c4a1-a6  1
    db1     compute2  eth0  blue     10.0.1.11  fa:16:3e:86:4b:76  tap382a9350-3a  12
    db2     compute1  eth0  blue     10.0.1.12  fa:16:3e:40:42:94  tap05fdccea-48  2"
  `);
});

test('flows', () => {
  const dump = `OFPST_FLOW reply (OF1.4) (xid=0x2):
 cookie=0xabc, duration=3.1s, table=0, n_packets=12, n_bytes=900, idle_age=3, priority=9,in_port=10 actions=goto_table:25
 cookie=0xdef, duration=3.1s, table=0, n_packets=0, n_bytes=0, idle_age=3, priority=0 actions=drop
 cookie=0x1ea47ed000000001, duration=1.0s, table=20, n_packets=1, n_bytes=42, hard_timeout=300, priority=1,vlan_tci=0x0001/0x0fff,dl_dst=fa:16:3e:00:00:01 actions=load:0->NXM_OF_VLAN_TCI[],output:2`;
  const owners = new Map([
    ...cookieIndex(emptyCloud()),
    ['0xabc', { kind: 'port', name: 'web1-eth0', purpose: 'port security of web1-eth0' } as const],
  ]);
  const flows = flowsOf('br-int', dump, owners);
  expect(flows[2]).toMatchObject({
    bridge: 'br-int',
    table: 20,
    priority: 1,
    match: 'vlan_tci=0x0001/0x0fff,dl_dst=fa:16:3e:00:00:01',
    packets: 1,
    bytes: 42,
    owner: { name: 'learned' },
  });
  expect(flowsText(flows, plain)).toMatchInlineSnapshot(`
    "br-int table 0
      12      9  in_port=10
                 goto_table:25  port security of web1-eth0
       0      0  any
                 drop  nobody here asked for it
    br-int table 20
       1      1  vlan_tci=0x0001/0x0fff,dl_dst=fa:16:3e:00:00:01
                 load:0->NXM_OF_VLAN_TCI[],output:2  learned by the switch from a frame that came out of a tunnel"
  `);
});

describe('scenarios', () => {
  const file = '/project/scenarios/l2/vxlan.scenario.ts';
  const result = (status: string, netdojo?: { capability?: string; inconclusive?: string }) => ({
    fullName: ' a story',
    status,
    duration: 12.4,
    failureMessages: status === 'failed' ? ['because'] : [],
    ...(netdojo && { meta: { netdojo } }),
  });
  const scenarios = (...assertionResults: ReturnType<typeof result>[]) =>
    scenariosOf({ testResults: [{ name: file, assertionResults }] }, '/project');

  test('by capability', () => {
    expect(scenarios(result('passed', { capability: 'vxlan' }), result('todo'))).toEqual([
      {
        capability: 'vxlan',
        file: 'scenarios/l2/vxlan.scenario.ts',
        scenario: 'a story',
        result: 'passed',
        ms: 12,
        messages: [],
      },
      {
        capability: 'l2',
        file: 'scenarios/l2/vxlan.scenario.ts',
        scenario: 'a story',
        result: 'skipped',
        ms: 12,
        messages: [],
      },
    ]);
    const broken = scenariosOf(
      { testResults: [{ name: file, status: 'failed', message: 'syntax error', assertionResults: [] }] },
      '/project',
    );
    expect(broken).toMatchObject([{ capability: 'l2', result: 'failed', messages: ['syntax error'] }]);
  });

  test('exit codes', () => {
    const inconclusive = result('failed', { inconclusive: 'captures missed 3 frames' });
    expect(countResults(scenarios(inconclusive, result('passed')))).toEqual({
      passed: 1,
      failed: 0,
      inconclusive: 1,
      skipped: 0,
    });
    expect(codeOf(0, scenarios(result('passed')))).toBe(EXIT.passed);
    expect(codeOf(1, scenarios(result('failed'), inconclusive))).toBe(EXIT.failed);
    expect(codeOf(1, scenarios(inconclusive))).toBe(EXIT.inconclusive);
    expect(codeOf(1, scenarios(result('passed')))).toBe(EXIT.failed);
    expect(codeOf(0, scenarios(result('skipped')))).toBe(EXIT.nothing);
    expect(codeOf(0, [])).toBe(EXIT.nothing);
  });
});
