import { readFileSync } from 'node:fs';
import type { Agent } from '../engine/index.ts';

const source = readFileSync(new URL('applications.py', import.meta.url), 'utf8');

const taught = new WeakMap<Agent, Promise<unknown>>();

/** The guests' agent, once it knows the operations of applications.py. */
export async function taughtAgent(guests: Agent): Promise<Agent> {
  let lesson = taught.get(guests);
  if (lesson === undefined) {
    lesson = guests.request('learn', { name: 'applications.py', source });
    taught.set(guests, lesson);
  }
  await lesson;
  return guests;
}
