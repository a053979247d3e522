import { readFileSync } from 'node:fs';
import type { Agent } from '../engine/index.ts';

/** In this order: a later one uses what an earlier one defines. All of them use what agent.py defines. */
const FILES = ['connections', 'web', 'streams', 'traceroute', 'dhcp', 'dhcp6'];

const source = FILES.map((name) =>
  readFileSync(new URL(`applications/${name}.py`, import.meta.url), 'utf8'),
).join('\n\n');

const taught = new WeakMap<Agent, Promise<unknown>>();

/**
 * The guests' agent, once it knows what guests run besides pings and echoes. It learns that when it is first asked for,
 * so that nodes without guests do not pay for it at their start.
 */
export async function taughtAgent(guests: Agent): Promise<Agent> {
  let lesson = taught.get(guests);
  if (lesson === undefined) {
    lesson = guests.request('learn', { name: 'applications', source });
    taught.set(guests, lesson);
  }
  await lesson;
  return guests;
}
