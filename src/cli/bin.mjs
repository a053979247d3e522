#!/usr/bin/env node
// Plain JavaScript for any Node from 18 on: puts the project's own Node underneath, then starts the command.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import { fileURLToPath } from 'node:url';

const NEEDED = 26;
const root = fileURLToPath(new URL('../../', import.meta.url));
const ownNode = `${root}node_modules/.bin/node`;

if (Number.parseInt(process.versions.node, 10) >= NEEDED) {
  await dieWithLauncher();
  module.enableCompileCache(`${root}node_modules/.cache/netdojo`);
  await import('./main.ts');
} else if (existsSync(ownNode)) {
  await runUnder(ownNode);
} else {
  console.error(`ND_NODE: this is Node ${process.versions.node}, and Node ${NEEDED} is not installed yet`);
  console.error(`  try: npm ci --prefix ${root}`);
  process.exitCode = 3;
}

/** Runs this file again under another Node, as if it had taken this process's place. */
async function runUnder(node) {
  const args = [fileURLToPath(import.meta.url), ...process.argv.slice(2)];
  if (process.execve) process.execve(node, [node, ...args], process.env);
  // The fourth stream is never written to: its end tells the child that this process was killed.
  const child = spawn(node, args, {
    stdio: ['inherit', 'inherit', 'inherit', 'pipe'],
    env: { ...process.env, NETDOJO_LAUNCHER: String(process.pid) },
  });
  process.on('SIGINT', () => {}); // a terminal sends it to the child as well, which decides how to end
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGQUIT']) process.on(signal, () => child.kill(signal));
  const [code, signal] = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (...end) => resolve(end));
  });
  if (signal) {
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  } else process.exitCode = code;
}

/** Without this, killing the launcher with SIGKILL would leave the command running behind its user's back. */
async function dieWithLauncher() {
  const launcher = process.env.NETDOJO_LAUNCHER;
  delete process.env.NETDOJO_LAUNCHER;
  if (launcher !== String(process.ppid)) return;
  const { Socket } = await import('node:net');
  const line = new Socket({ fd: 3, readable: true, writable: false });
  line.on('end', () => process.kill(process.pid, 'SIGKILL'));
  line.resume();
  line.unref();
}
