import { expect, test } from 'vitest';
import { diff, emptyNode, type FileState, type NodeState, type ProcessState } from '../../state/index.ts';
import { isIdle, serviceSteps } from './services.ts';

const owner = { kind: 'network', name: 'red', purpose: 'DHCP' } as const;

const daemon = (name: string, more: Partial<ProcessState> = {}): ProcessState => ({
  name,
  namespace: 'ns',
  argv: [name],
  files: [`/etc/${name}`],
  reload: 'hup',
  owner,
  ...more,
});

const file = (name: string, text: string): FileState => ({ path: `/etc/${name}`, text, owner });

const nodeOf = (processes: readonly ProcessState[], files: readonly FileState[]): NodeState => ({
  ...emptyNode(),
  processes: Object.fromEntries(processes.map((one) => [one.name, one])),
  files: Object.fromEntries(files.map((one) => [one.path, one])),
});

function told(before: NodeState, after: NodeState) {
  const changes = diff({ nodes: { net1: before }, wires: {} }, { nodes: { net1: after }, wires: {} });
  const { write, start, ...rest } = serviceSteps(changes, after);
  return {
    ...rest,
    write: write.map(({ path }) => path),
    start: start.map(({ process, reload }) => `${reload ? 'reload' : 'start'} ${process.name}`),
  };
}

const none = { stop: [], write: [], erase: [], start: [] };
const two = nodeOf(
  [daemon('dnsmasq'), daemon('haproxy', { reload: 'restart' })],
  [file('dnsmasq', 'a'), file('haproxy', 'a')],
);

test('daemons that come are started, once, and their files written', () => {
  expect(told(emptyNode(), two)).toEqual({
    ...none,
    write: ['/etc/dnsmasq', '/etc/haproxy'],
    start: ['start dnsmasq', 'start haproxy'],
  });
});

test('daemons that go are stopped, and their files erased', () => {
  expect(told(two, emptyNode())).toEqual({
    ...none,
    stop: ['dnsmasq', 'haproxy'],
    erase: ['/etc/dnsmasq', '/etc/haproxy'],
  });
});

test('a daemon whose file changes or goes is told so, in its own way', () => {
  const processes = Object.values(two.processes);
  expect(told(two, nodeOf(processes, [file('dnsmasq', 'b'), file('haproxy', 'b')]))).toEqual({
    ...none,
    write: ['/etc/dnsmasq', '/etc/haproxy'],
    start: ['reload dnsmasq', 'start haproxy'],
  });
  expect(told(two, nodeOf(processes, [file('haproxy', 'a')]))).toEqual({
    ...none,
    erase: ['/etc/dnsmasq'],
    start: ['reload dnsmasq'],
  });
});

test('a daemon whose command changes is started anew; one whose namespace changes ends before that goes', () => {
  const changed = [daemon('dnsmasq', { argv: ['dnsmasq', '-x'] }), daemon('haproxy', { namespace: 'other' })];
  expect(told(two, nodeOf(changed, Object.values(two.files)))).toEqual({
    ...none,
    stop: ['haproxy'],
    start: ['start dnsmasq', 'start haproxy'],
  });
});

test('who asked for files and daemons is nothing to them', () => {
  const other = { ...owner, name: 'blue' };
  const after = nodeOf(
    Object.values(two.processes).map((one) => ({ ...one, owner: other })),
    Object.values(two.files).map((one) => ({ ...one, owner: other })),
  );
  expect(told(two, after)).toEqual(none);
  expect(isIdle(none)).toBe(true);
});
