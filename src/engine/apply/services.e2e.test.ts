import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formatError, isNetdojoError } from '../../errors/index.ts';
import { GUESTS, type WireState } from '../../state/index.ts';
import type { Agent } from '../agent/connection.ts';
import { captureRecords } from '../agent/frames.ts';
import { Cluster } from '../cluster.ts';
import { waitFor } from '../find/wait.ts';
import { needsEngine, uniqueName } from '../testing/lab.fixture.ts';
import { chain, type Service, service, serviceState } from '../testing/service-state.fixture.ts';

const lab = await needsEngine();

let cluster: Cluster;
let net1: Agent;
let guests: Agent;

beforeAll(async () => {
  cluster = await Cluster.start({
    engine: lab.engine,
    image: lab.image,
    name: uniqueName('services'),
    state: serviceState(service),
    lifetime: 'process',
    datapathType: 'netdev',
  });
  net1 = await cluster.agent('net1');
  guests = await cluster.agent(GUESTS);
});
afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]();
});

const inside = async (command: string, namespace: string): Promise<string[]> => {
  const { stdout } = await net1.run(['sh', '-c', command], { namespace });
  return stdout
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '' && !line.startsWith('#'));
};

interface Daemon {
  readonly name: string;
  readonly pid: number;
  readonly running: boolean;
  readonly argv: readonly string[];
  readonly namespace: string;
  readonly code: number | null;
}
const daemons = () => net1.request<Daemon[]>('processes');

/** What there really is in one namespace of the node. */
async function inventoryOf(name: string) {
  const commands = {
    addresses: `ip -br addr show scope global | awk '{$2=""; print}'`,
    routes: 'ip route show table main; ip route show table 16; ip -6 route show table main | grep -v fe80',
    rules: "(ip rule; ip -6 rule) | grep -v -E '^(0|3276.):'",
    chains: 'iptables-save | grep -E "^(:[^ ]+ [D-]|-A)" | sed "s/ \\[.*//"; ip6tables-save | grep -E ^-A',
    sets: 'ipset save | sed "s/ hashsize.*//" | sort',
    forward: 'cat /proc/sys/net/ipv4/ip_forward',
  };
  const found = Object.entries(commands).map(
    async ([what, command]) => [what, await inside(`${command}; true`, name)] as const,
  );
  return Object.fromEntries(await Promise.all(found));
}

async function inventory() {
  const names = (await net1.request<string[]>('namespaces')).toSorted();
  return {
    namespaces: Object.fromEntries(
      await Promise.all(names.map(async (name) => [name, await inventoryOf(name)] as const)),
    ),
    links: (
      await inside("ip -o link | sed -E 's/^[0-9]+: ([^:@]+).*mtu ([0-9]+) .*/\\1 \\2/'", '')
    ).toSorted(),
    slaves: (await inside('ls /sys/class/net/qbr-web1/brif', '')).toSorted(),
    ports: (await inside('ovs-vsctl list-ports br-int', '')).toSorted(),
    files: await inside('find /var/lib/netdojo -type f -printf "%p %m %s\\n"; true', ''),
    processes: (await daemons()).map(({ name, running, namespace, argv }) => ({
      name,
      running,
      namespace,
      options: argv.slice(13),
    })),
  };
}

const apply = (given?: Partial<Service>): Promise<boolean> =>
  cluster.apply(serviceState(given && { ...service, ...given }));

const ping = async (address = '10.0.0.2'): Promise<number> => {
  const argv = ['ping', '-c', '1', '-W', '2', address];
  return (await guests.run(argv, { namespace: 'web1', check: false })).code;
};

const told = async (work: Promise<unknown>): Promise<string> => {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isNetdojoError(error)) throw new Error(`expected a NetdojoError, got ${String(error)}`);
  return formatError(error).replaceAll(cluster.name, 'NAME');
};

const BEFORE = {
  links: [
    'br-int 1450',
    'lo 65536',
    'ovs-netdev 1500',
    'qbr-web1 1450',
    'qvb-web1 1450',
    'qvo-web1 1450',
    'tap-web1 1450',
  ],
  slaves: ['qvb-web1', 'tap-web1'],
};

/** What there is when all is as it was at first. */
let first: Awaited<ReturnType<typeof inventory>>;

describe('a service in a namespace', () => {
  test('is there when the cloud has started, and answers', async () => {
    first = await inventory();
    expect(first).toEqual({
      ...BEFORE,
      namespaces: {
        'qdhcp-red': {
          addresses: ['tap-dhcp  10.0.0.2/24 2001:db8::2/64'],
          routes: [
            '10.0.0.0/24 dev tap-dhcp proto kernel scope link src 10.0.0.2',
            '10.8.0.0/16 via 10.0.0.11 dev tap-dhcp',
            'default via 10.0.0.11 dev tap-dhcp',
            '2001:db8::/64 dev tap-dhcp proto kernel metric 256 pref medium',
          ],
          rules: ['100:\tfrom 10.9.0.0/16 lookup 16', '100:\tfrom 2001:db8:9::/48 lookup 16'],
          chains: [
            ':guard -',
            '-A INPUT -j guard',
            '-A guard -m set --match-set friends src -m comment --comment "they may" -j RETURN',
            ':passes -',
            '-A POSTROUTING -o tap-dhcp -j passes',
            '-A passes -s 10.9.0.0/16 -j SNAT --to-source 10.0.0.2 --random-fully',
            '-A guard -p ipv6-icmp -j RETURN',
          ],
          sets: ['add friends 10.0.0.11', 'add friends 10.1.0.0/24', 'create friends hash:net family inet'],
          forward: ['1'],
        },
      },
      ports: ['qvo-web1', 'tap-dhcp'],
      files: ['/var/lib/netdojo/red/hosts 640 36'],
      processes: [{ name: 'dnsmasq-red', running: true, namespace: 'qdhcp-red', options: [] }],
    });
    expect(await ping()).toBe(0);
  });

  test('is captured, sent from and asked for markers by the names of namespace and device', async () => {
    const devices = new Set<string>();
    const { channel } = await net1.open(
      'capture',
      { namespaces: [[service.namespace, ['tap-dhcp']]] },
      {
        data: (chunk) => {
          for (const { device, direction } of captureRecords(chunk)) devices.add(`${device} ${direction}`);
        },
      },
    );
    await ping();
    const frame = `fa163e000011fa163e00000288b6${'00'.repeat(46)}`;
    await net1.request('inject', { frames: [[service.namespace, 'tap-dhcp', frame]] });
    const token = '6e6574646f6a6f21';
    const echo = { ethertype: 0x88b5, frame: `066e64000001066e6400000088b5${token}`, token };
    const targets = [[service.namespace, 'tap-dhcp']];
    await expect(net1.request('echo', { targets, silent: [], ...echo })).resolves.toEqual({
      missing: [],
      down: [],
    });
    await expect(net1.request('capture-sync', { channel: channel.id })).resolves.toMatchObject([
      [service.namespace, expect.any(Number), 0, ['tap-dhcp']],
    ]);
    await net1.request('capture-stop', { channel: channel.id });
    expect([...devices].toSorted()).toEqual(['tap-dhcp in', 'tap-dhcp out']);
  });

  test('of which everything changes holds what it must, and its daemon has not ended', async () => {
    const [before] = await daemons();
    const [, guard, , out] = service.chains;
    const changed: Partial<Service> = {
      chains: [
        chain('filter', 'INPUT', ['-j guard', '-p tcp -m tcp --dport 22 -j DROP'], { policy: 'DROP' }),
        { ...(guard as (typeof service.chains)[number]), rules: [] },
        chain('nat', 'POSTROUTING', ['-o tap-dhcp -j others']),
        chain('nat', 'others', ['-j RETURN']),
        chain('raw', 'PREROUTING', ['-m physdev --physdev-in tap-web1 -j CT --zone 4097']),
      ],
      members: ['10.1.0.0/24', '10.2.0.0/24'],
      hosts: 'fa:16:3e:00:00:12,host-12,10.0.0.12\n',
      rules: { '100 from 10.9.0.0/16': { priority: 100, from: '10.9.0.0/16', table: 17 } },
      routes: { '10.8.0.0/16': { destination: '10.8.0.0/16', via: '10.0.0.12' } },
      addresses: ['10.0.0.2/24', '10.0.0.3/24'],
    };
    expect(out?.chain).toBe('POSTROUTING');
    await apply(changed);
    const { namespaces, processes, files } = await inventory();
    expect({ processes, files }).toEqual({ processes: first.processes, files: first.files });
    expect(namespaces[service.namespace]).toEqual({
      addresses: ['tap-dhcp  10.0.0.2/24 10.0.0.3/24'],
      routes: [
        '10.0.0.0/24 dev tap-dhcp proto kernel scope link src 10.0.0.2',
        '10.8.0.0/16 via 10.0.0.12 dev tap-dhcp',
      ],
      rules: ['100:\tfrom 10.9.0.0/16 lookup 17'],
      chains: [
        '-A PREROUTING -m physdev --physdev-in tap-web1 -j CT --zone 4097',
        ':INPUT DROP',
        ':guard -',
        '-A INPUT -j guard',
        '-A INPUT -p tcp -m tcp --dport 22 -j DROP',
        ':others -',
        '-A POSTROUTING -o tap-dhcp -j others',
        '-A others -j RETURN',
      ],
      sets: ['add friends 10.1.0.0/24', 'add friends 10.2.0.0/24', 'create friends hash:net family inet'],
      forward: ['1'],
    });
    expect((await daemons())[0]?.pid).toBe(before?.pid);
    expect((await inside('grep -c "read .*/red/hosts" /run/netdojo/dnsmasq-red.log', '')).join()).toBe('2');
    await apply({});
    expect(await inventory()).toEqual(first);
  });

  test('whose command changes runs with the new one', async () => {
    const [before] = await daemons();
    await apply({ options: ['--dhcp-authoritative'] });
    const [after] = await daemons();
    expect(after).toMatchObject({ running: true });
    expect(after?.argv).toContain('--dhcp-authoritative');
    expect(after?.pid).not.toBe(before?.pid);
    expect(await inside('ps -o args= -C dnsmasq', '')).toEqual([after?.argv.join(' ')]);
    await apply({});
    expect(await inventory()).toEqual(first);
  });

  test('moves to another namespace with its device and all that it bears', async () => {
    await apply({ namespace: 'qdhcp-blue' });
    const { namespaces, ...rest } = await inventory();
    expect(namespaces).toEqual({ 'qdhcp-blue': first.namespaces[service.namespace] });
    expect(rest.ports).toEqual(first.ports);
    expect(rest.processes).toEqual([{ ...first.processes[0], namespace: 'qdhcp-blue' }]);
    expect(await ping()).toBe(0);
    await apply({});
    expect(await inventory()).toEqual(first);
    expect(await ping()).toBe(0);
  });

  test('goes and leaves nothing, and comes back', async () => {
    await apply();
    expect(await inventory()).toEqual({
      ...BEFORE,
      namespaces: {},
      ports: ['qvo-web1'],
      files: [],
      processes: [],
    });
    expect(await inside('pgrep dnsmasq; true', '')).toEqual([]);
    await apply({});
    expect(await inventory()).toEqual(first);
    expect(await ping()).toBe(0);
  });

  test('is reached by a cable too, which comes and goes', async () => {
    const state = serviceState(service);
    const cable: WireState = {
      key: 'cable',
      kind: 'underlay',
      mtu: 1400,
      owner: { kind: 'link', name: 'cable', purpose: 'a cable' },
      ends: [
        { node: 'net1', namespace: service.namespace, device: 'far' },
        { node: GUESTS, namespace: 'web1', device: 'eth1' },
      ],
    };
    await cluster.apply({ ...state, wires: { ...state.wires, cable } });
    expect(await inside('ip -o link show dev far', service.namespace)).toEqual([
      expect.stringContaining('far@'),
    ]);
    await apply({});
    expect(await inside('ip -o link | grep far@; true', service.namespace)).toEqual([]);
    expect(await inventory()).toEqual(first);
  });

  test('is quiet but for what waits for something', async () => {
    const quiet = () => net1.request<string[][]>('quiet', { namespaces: [service.namespace] });
    await waitFor(async () => ((await quiet()).length === 0 ? true : undefined), {
      what: 'quiet',
      deadlineMs: 3000,
    });
    const nobody = net1.run(['ping', '-c', '1', '-W', '1', '10.0.0.99'], {
      namespace: service.namespace,
      check: false,
    });
    const waiting = await waitFor(async () => ((await quiet()).length > 0 ? await quiet() : undefined), {
      what: 'an address to be resolved',
      deadlineMs: 3000,
    });
    expect(waiting).toEqual([[service.namespace, 'neighbour', '10.0.0.99 tap-dhcp']]);
    await nobody;
    await net1.request('namespace', { namespace: service.namespace, ip: 'neigh flush all\n' });
    await net1.request('kill', { pid: (await daemons())[0]?.pid, signal_number: 19 });
    const sent = { namespace: 'web1', destination: '10.0.0.2', port: 53, payload: '00'.repeat(20) };
    await guests.request('udp', sent);
    const connected = { namespace: 'web1', destination: '10.0.0.2', port: 53, size: 1, timeout: 0.2 };
    await guests.request('tcp', connected);
    expect(await quiet()).toEqual([
      [service.namespace, 'receive', 'udp 53'],
      [service.namespace, 'accept', 'tcp 53'],
      [service.namespace, 'receive', 'tcp 53'],
    ]);
    await net1.request('kill', { pid: (await daemons())[0]?.pid, signal_number: 18 });
  });

  test('is quiet although a raw socket holds what its owner never reads', async () => {
    const quiet = () => net1.request<string[][]>('quiet', { namespaces: [service.namespace] });
    const deaf = [
      'import socket, time',
      'deaf = socket.socket(socket.AF_INET, socket.SOCK_RAW, 253)',
      'own = socket.socket(socket.AF_INET, socket.SOCK_RAW, 253)',
      "own.sendto(b'x', ('10.0.0.2', 0))",
      'own.recv(100)',
      'time.sleep(4)',
    ];
    const over = net1.run(['python3', '-c', deaf.join('\n')], { namespace: service.namespace });
    const held = [service.namespace, 'receive', 'raw 253'].join();
    await expect(
      waitFor(async () => (await quiet()).find((one) => one.join() === held), {
        what: 'a packet that nobody reads',
        deadlineMs: 3000,
      }),
    ).resolves.toBeDefined();
    await waitFor(async () => ((await quiet()).length === 0 ? true : undefined), {
      what: 'quiet',
      deadlineMs: 3000,
    });
    await over;
  });
});

describe('what goes wrong', () => {
  test('in a rule is told with the line and who asked for it, and mended by the next apply', async () => {
    const broken = [...service.chains, chain('mangle', 'marks', ['-p tcp -j ACCEPT', '-p tcp -j MARQUE'])];
    expect(await told(apply({ chains: broken, members: ['10.7.0.0/16'] }))).toMatchInlineSnapshot(`
      "ND_FIREWALL: net1: qdhcp-red: refused: -A marks -p tcp -j MARQUE
        on node net1
        command: ip netns exec qdhcp-red iptables-restore --noflush -w
        exit code: 2
        stderr:
          iptables-restore v1.8.9 (nf_tables): Chain 'MARQUE' does not exist
          Error occurred at line: 5
          Try \`iptables-restore -h' or 'iptables-restore --help' for more information.
        expected: what network red needs: rule -p tcp -j MARQUE
        try: netdojo exec net1 -- ip netns exec qdhcp-red iptables-save
             the change may be half done: apply again, or netdojo down NAME"
    `);
    await apply({});
    expect(await inventory()).toEqual(first);
  });

  test('in a set likewise', async () => {
    expect(await told(apply({ members: ['10.7.0.0/16', '10.7.0.0/99'] }))).toMatchInlineSnapshot(`
      "ND_FIREWALL: net1: qdhcp-red: refused: add friends 10.7.0.0/99
        on node net1
        command: ip netns exec qdhcp-red ipset restore -exist
        exit code: 1
        stderr:
          ipset v7.17: Error in line 2: Syntax error: '99' is out of range 0-32
        expected: what network red needs: a service for tests
        try: netdojo exec net1 -- ip netns exec qdhcp-red ipset list
             the change may be half done: apply again, or netdojo down NAME"
    `);
    await apply({});
    expect(await inventory()).toEqual(first);
  });

  test('with a daemon is told with the end of its log, and mended', async () => {
    const text = await told(
      apply({ options: ['--no-such-option'], namespace: 'qdhcp-blue', rules: {}, routes: {}, members: [] }),
    );
    expect(
      text.replace(/command: .*/u, 'command: …').replace(/: dnsmasq .*?\.\.\.: /u, ': dnsmasq …: '),
    ).toMatchInlineSnapshot(`
      "ND_NODE_COMMAND: net1: dnsmasq …: dnsmasq-red ended before it listened on udp port 67: exit code 1
        on node net1
        command: …
        exit code: 1
        stderr:
          
          dnsmasq: bad command line options: try --help
        try: netdojo shell net1, and try the command there
             the change may be half done: apply again, or netdojo down NAME"
    `);
    await apply({});
    expect(await inventory()).toEqual(first);
    expect(await ping()).toBe(0);
  });

  test('with an attempt that is taken back leaves nothing of it', async () => {
    await apply();
    await told(apply({ options: ['--no-such-option'] }));
    await apply();
    expect(await inventory()).toMatchObject({
      namespaces: {},
      ports: ['qvo-web1'],
      files: [],
      processes: [],
    });
    await told(apply({ options: ['--no-such-option'] }));
    await apply({});
    expect(await inventory()).toEqual(first);
  });

  test('by itself is seen', async () => {
    const [daemon] = await daemons();
    await net1.request('kill', { pid: daemon?.pid, signal_number: 9 });
    await waitFor(async () => ((await daemons())[0]?.running === false ? true : undefined), {
      what: 'the daemon to end',
      deadlineMs: 3000,
    });
    expect((await daemons())[0]).toMatchObject({ name: 'dnsmasq-red', running: false, code: -9 });
    // What makes it read its files again starts it.
    await apply({ hosts: '' });
    expect((await daemons())[0]).toMatchObject({ running: true, code: null });
    await apply({});
    expect(await inventory()).toEqual(first);
  });
});
