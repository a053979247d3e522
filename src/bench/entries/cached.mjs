// Runs a program of this folder as src/cli/bin.mjs runs the command: compiled code is kept from one run to the next.
//   node cached.mjs first-ping.ts [arguments]
import module from 'node:module';
import { fileURLToPath } from 'node:url';

module.enableCompileCache(fileURLToPath(new URL('../../../node_modules/.cache/netdojo', import.meta.url)));
const [program] = process.argv.splice(2, 1);
await import(new URL(program, import.meta.url).href);
