/** What haproxy reads: a load balancer as the haproxy namespace driver of neutron-lbaas writes it. */
import { createHash } from 'node:crypto';
import type {
  HealthMonitor,
  Listener,
  LoadBalancer,
  Member,
  Pool,
  SessionPersistence,
} from '../../../topology/topology.ts';

/** loadbalancer_state_path of the driver, with its STATE_PATH_V2_APPEND. */
const STATE_PATH = '/var/lib/neutron/lbaas/v2';

export const configPath = ({ id }: LoadBalancer): string => `${STATE_PATH}/${id}/haproxy.conf`;

/** Answers `show stat`; by it the agent knows the state of members. */
export const statsSocket = ({ id }: LoadBalancer): string => `${STATE_PATH}/${id}/haproxy_stats.sock`;

/** Ours: answers for the process that starts those that work, and by `@1` for the one at work. */
export const masterSocket = ({ id }: LoadBalancer): string => `${STATE_PATH}/${id}/haproxy_master.sock`;

/** haproxy's own default, which the driver counts for each listener without a limit. */
const DEFAULT_CONNECTIONS = 2000;

/** BALANCE_MAP of jinja_cfg.py. */
const BALANCE = { ROUND_ROBIN: 'roundrobin', LEAST_CONNECTIONS: 'leastconn', SOURCE_IP: 'source' } as const;

export const activeListeners = ({ listeners }: LoadBalancer): Listener[] =>
  Object.values(listeners).filter((listener) => listener.admin_state_up);

/**
 * The configuration, as the templates haproxy_base.j2 and haproxy_proxies.j2 of neutron-lbaas make it, with the names
 * of things as comments. It differs where theirs would not do here:
 * - `log` goes to the standard output instead of /dev/log, and `daemon` is left out: the process stays in front;
 * - `description` tells one configuration from another, so that one can see by which haproxy works;
 * - one thread, so that there is one order of members and not one for each thread that serves connections;
 * - a pool with admin_state_up false is left out. Their template forgets to look;
 * - X-Forwarded-Port and X-Forwarded-Proto (and X-Forwarded-For: false) are Octavia's, and are put in as by its template;
 * - the stick table of an IPv6 VIP holds IPv6 addresses, which one of type `ip` cannot (LP#2027934).
 */
export const haproxyConfig = (balancer: LoadBalancer): { text: string; description: string } => {
  const listeners = activeListeners(balancer);
  const pools = Object.values(balancer.pools).filter((pool) => pool.admin_state_up);
  const parts = (description: string): string[][] => [
    [
      `# Configuration for ${balancer.id}: load balancer ${balancer.name}`,
      'global',
      '    user nobody',
      '    group nogroup',
      `    description ${description}`,
      '    nbthread 1',
      '    log stdout format raw local0',
      `    maxconn ${globalLimit(listeners)}`,
      `    stats socket ${statsSocket(balancer)} mode 0666 level user`,
    ],
    [
      'defaults',
      '    log global',
      '    retries 3',
      '    option redispatch',
      '    timeout connect 5000',
      '    timeout client 50000',
      '    timeout server 50000',
    ],
    ...listeners.map((listener) => frontend(balancer, listener)),
    ...pools.map((pool) => backend(balancer, pool)),
  ];
  const text = (description: string): string =>
    parts(description)
      .map((lines) => `${lines.join('\n')}\n`)
      .join('\n');
  const description = createHash('sha256').update(text('')).digest('hex').slice(0, 12);
  return { text: text(description), description };
};

/** _compute_global_connection_limit of jinja_cfg.py. */
const globalLimit = (listeners: readonly Listener[]): number => {
  const sum = listeners.reduce((all, listener) => all + (limitOf(listener) ?? DEFAULT_CONNECTIONS), 0);
  return Math.min(sum, MOST_CONNECTIONS);
};

/** haproxy wants two open files for each, and refuses to start where a container may not have as many. */
const MOST_CONNECTIONS = 8000;

/** A limit of 0 is none for the driver. */
const limitOf = ({ connection_limit }: Listener): number | undefined =>
  connection_limit > 0 ? connection_limit : undefined;

const frontend = (balancer: LoadBalancer, listener: Listener): string[] => {
  const { id, name, protocol, protocol_port, default_pool, insert_headers } = listener;
  const http = protocol === 'HTTP';
  const limit = limitOf(listener);
  const pool = default_pool === null ? undefined : balancer.pools[default_pool];
  return [
    `# listener ${name}`,
    `frontend ${id}`,
    `    option ${http ? 'httplog' : 'tcplog'}`,
    ...(limit === undefined ? [] : [`    maxconn ${limit}`]),
    ...(http && insert_headers['X-Forwarded-For'] !== false ? ['    option forwardfor'] : []),
    ...(http && insert_headers['X-Forwarded-Port'] === true
      ? ['    http-request set-header X-Forwarded-Port %[dst_port]']
      : []),
    ...(http && insert_headers['X-Forwarded-Proto'] === true
      ? ['    http-request set-header X-Forwarded-Proto http']
      : []),
    `    bind ${endpoint(balancer.vip_address, protocol_port)}`,
    `    mode ${http ? 'http' : 'tcp'}`,
    ...(pool?.admin_state_up === true ? [`    default_backend ${pool.id}`] : []),
  ];
};

const backend = ({ vip_address }: LoadBalancer, pool: Pool): string[] => {
  const monitor = pool.healthmonitor?.admin_state_up === true ? pool.healthmonitor : undefined;
  return [
    `# pool ${pool.name}`,
    `backend ${pool.id}`,
    `    mode ${pool.protocol === 'HTTP' ? 'http' : 'tcp'}`,
    `    balance ${BALANCE[pool.lb_algorithm]}`,
    ...(pool.session_persistence === null ? [] : persistence(pool.session_persistence, vip_address)),
    ...(monitor === undefined ? [] : monitorLines(monitor)),
    ...pool.members
      .filter((member) => member.admin_state_up)
      .flatMap((member) => serverLines(pool, member, monitor)),
  ];
};

/** A cookie of the application: the later form of the driver, since haproxy 1.6 knows no `appsession`. */
const persistence = ({ type, cookie_name = '' }: SessionPersistence, vip: string): string[] => {
  if (type === 'HTTP_COOKIE') return ['    cookie SRV insert indirect nocache'];
  if (type === 'SOURCE_IP') {
    return [`    stick-table type ${vip.includes(':') ? 'ipv6' : 'ip'} size 10k`, '    stick on src'];
  }
  const cookie = argument(cookie_name);
  return [
    '    stick-table type string len 64 size 10k',
    `    stick store-response res.cook(${cookie})`,
    `    stick match req.cook(${cookie})`,
  ];
};

/**
 * haproxy has no check by ping. The driver writes for PING what it writes for TCP, a bare `check`: whoever accepts a
 * connection is alive, and one that answers pings alone is not.
 */
const monitorLines = ({
  type,
  timeout,
  http_method,
  url_path,
  expected_codes = '',
}: HealthMonitor): string[] => [
  `    timeout check ${timeout}s`,
  ...(type === 'HTTP'
    ? [
        `    option httpchk ${http_method} ${word(url_path ?? '/')}`,
        `    http-check expect rstatus ${expandCodes(expected_codes).join('|')}`,
      ]
    : []),
];

/** _expand_expected_codes of jinja_cfg.py. */
const expandCodes = (codes: string): string[] =>
  codes
    .split(/[, ]+/u)
    .flatMap((part) => {
      const [low = 0, high = low] = part.split('-').map(Number);
      return Array.from({ length: high - low + 1 }, (_, index) => String(low + index));
    })
    .toSorted();

const serverLines = (pool: Pool, member: Member, monitor: HealthMonitor | undefined): string[] => {
  const { id, address, protocol_port, weight, port } = member;
  return [
    `    # member ${port ?? address}`,
    [
      `    server ${id} ${endpoint(address, protocol_port)} weight ${weight}`,
      ...(monitor === undefined ? [] : [`check inter ${monitor.delay}s fall ${monitor.max_retries}`]),
      ...(pool.session_persistence?.type === 'HTTP_COOKIE' ? [`cookie ${id}`] : []),
    ].join(' '),
  ];
};

const endpoint = (address: string, port: number): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;

/** A word in which nothing is quoted, escaped or a comment (section 2.2 of haproxy's configuration manual). */
const word = (text: string): string => text.replace(/[\\'"# ]/gu, String.raw`\$&`);

/** The argument of a sample fetch is quoted a second time. */
const argument = (text: string): string => {
  if (/^[-.\w]+$/u.test(text)) return text;
  return word(text.includes("'") ? `"${text.replace(/[\\"$]/gu, String.raw`\$&`)}"` : `'${text}'`);
};
