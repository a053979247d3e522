/** Load balancers of a cloud document, as the Load Balancer API checks them. Members' addresses: resolve-loadbalancers.ts. */
import { hostOfLoadBalancer } from '../declared/agents.ts';
import type { Path, Report } from '../problems.ts';
import type { CloudDocument } from '../schema/index.ts';
import type { Underlay } from '../topology.ts';
import { checkAgentExists, checkAgentHost, checkReach } from './reach.ts';
import { resolveName } from '../names.ts';

type Declared = CloudDocument['loadbalancers'][string];
type Pool = Declared['pools'][string];
type Member = Pool['members'][number];

interface At {
  readonly subject: string;
  readonly path: Path;
}

export function checkLoadBalancers(document: CloudDocument, underlay: Underlay, report: Report): void {
  for (const [name, balancer] of Object.entries(document.loadbalancers)) {
    const at = { subject: `load balancer "${name}"`, path: ['loadbalancers', name] };
    checkPlace(balancer, document, underlay, at, report);
    checkListeners(balancer, at, report);
    for (const [poolName, pool] of Object.entries(balancer.pools)) {
      const path = [...at.path, 'pools', poolName];
      const subject = `pool "${poolName}" of ${at.subject}`;
      checkPersistence(pool, { subject, path: [...path, 'session_persistence'] }, report);
      checkMonitor(pool, { subject, path: [...path, 'healthmonitor'] }, report);
      for (const [index, member] of pool.members.entries()) {
        const memberAt = { subject: `a member of ${subject}`, path: [...path, 'members', index] };
        checkMember(member, document, memberAt, report);
      }
    }
  }
}

function checkPlace(
  balancer: Declared,
  document: CloudDocument,
  underlay: Underlay,
  { subject, path }: At,
  report: Report,
): void {
  const at = [...path, 'vip_subnet'];
  const subnet = resolveName(document.subnets, balancer.vip_subnet, 'subnet', at, subject, report);
  const hostAt = balancer.host === undefined ? path : [...path, 'host'];
  if (balancer.host !== undefined) {
    checkAgentHost(balancer.host, underlay, { subject, path: hostAt }, report);
  } else if (!checkAgentExists(underlay, subject, path, report)) return;
  const host = hostOfLoadBalancer(balancer, document, underlay);
  if (host === undefined) return;
  const where = { host, network: subnet?.network };
  checkReach(document, where, underlay, { subject, path: hostAt }, report);
}

function checkListeners({ listeners, pools }: Declared, at: At, report: Report): void {
  const seen = new Map<number, string>();
  for (const [name, listener] of Object.entries(listeners)) {
    const path = [...at.path, 'listeners', name];
    const subject = `listener "${name}" of ${at.subject}`;
    const { protocol, protocol_port, default_pool, insert_headers } = listener;
    const first = seen.get(protocol_port);
    seen.set(protocol_port, first ?? name);
    if (first !== undefined) {
      report([...path, 'protocol_port'], 'value', {
        code: 'ND_LISTENER_TWICE',
        message: `${subject} is on port ${protocol_port}, as listener "${first}" is`,
        expected: 'a port of its own for each listener',
      });
    }
    if (protocol === 'TCP' && Object.keys(insert_headers).length > 0) {
      report([...path, 'insert_headers'], 'key', {
        code: 'ND_LISTENER_PROTOCOL',
        message: `${subject} inserts headers, and its protocol is TCP`,
        expected: 'protocol: HTTP, or no insert_headers',
      });
    }
    if (default_pool === undefined) continue;
    const pool = resolveName(pools, default_pool, 'pool', [...path, 'default_pool'], subject, report);
    // VALID_LISTENER_POOL_PROTOCOL_MAP of Octavia.
    if (protocol !== 'HTTP' || pool?.protocol !== 'TCP') continue;
    report([...path, 'default_pool'], 'value', {
      code: 'ND_LISTENER_PROTOCOL',
      message: `${subject} has the protocol HTTP, and pool "${default_pool}" the protocol TCP`,
      expected: 'a pool with the protocol HTTP',
    });
  }
}

function checkPersistence(
  { protocol, session_persistence }: Pool,
  { subject, path }: At,
  report: Report,
): void {
  if (session_persistence === undefined) return;
  const { type, cookie_name } = session_persistence;
  if ((type === 'APP_COOKIE') !== (cookie_name !== undefined)) {
    report(path, 'key', {
      code: 'ND_COOKIE_NAME',
      message: `the session persistence ${type} of ${subject} has ${cookie_name === undefined ? 'no' : 'a'} cookie_name`,
      expected: 'a cookie_name with APP_COOKIE, and only there',
      hint: cookie_name === undefined ? 'cookie_name: JSESSIONID' : undefined,
    });
  }
  if (protocol === 'HTTP' || type === 'SOURCE_IP') return;
  report([...path, 'type'], 'value', {
    code: 'ND_COOKIE_PROTOCOL',
    message: `the session persistence ${type} of ${subject} needs cookies, and its protocol is TCP`,
    expected: 'SOURCE_IP, or protocol: HTTP',
  });
}

function checkMonitor({ healthmonitor }: Pool, { subject, path }: At, report: Report): void {
  if (healthmonitor === undefined) return;
  const { type, delay, timeout } = healthmonitor;
  if (timeout > delay) {
    report([...path, 'timeout'], 'value', {
      code: 'ND_MONITOR_TIMEOUT',
      message: `the health monitor of ${subject} has the timeout ${timeout}, which is more than its delay ${delay}`,
      expected: `at most ${delay}`,
    });
  }
  if (type === 'HTTP') return;
  for (const key of ['http_method', 'url_path', 'expected_codes'] as const) {
    if (healthmonitor[key] === undefined) continue;
    report([...path, key], 'key', {
      code: 'ND_MONITOR_TYPE',
      message: `the health monitor of ${subject} has the type ${type} and ${key}`,
      expected: `${key} only with the type HTTP`,
    });
  }
}

export function checkMember(
  { server, address, subnet }: Member,
  document: CloudDocument,
  { subject, path }: At,
  report: Report,
): void {
  if ((server === undefined) === (address === undefined)) {
    report(path, 'key', {
      code: 'ND_MEMBER_ADDRESS',
      message: `${subject} has ${server === undefined ? 'neither server nor address' : 'both server and address'}`,
      expected: 'one of them',
    });
  }
  if (server !== undefined)
    resolveName(document.servers, server, 'server', [...path, 'server'], subject, report);
  if (subnet !== undefined)
    resolveName(document.subnets, subnet, 'subnet', [...path, 'subnet'], subject, report);
}
