/**
 * The firewall drivers beside each other, as a table in Markdown: what each made of the same stories.
 *
 *   netdojo test security-groups --json > result.json
 *   node src/bench/entries/drivers.ts result.json
 */
import { readFileSync } from 'node:fs';
import { driversTable, type Verdict } from '../drivers-table.ts';

const text = readFileSync(process.argv[2] ?? 0, 'utf8');
const { scenarios } = JSON.parse(text) as { readonly scenarios: readonly Verdict[] };
console.log(driversTable(scenarios));
