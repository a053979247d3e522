/** The benchmarks without the command line around them: node src/bench/main.ts [--filter words] [--repeat n] [--json | --markdown] */
import { parseArgs } from 'node:util';
import { markdown, resultText, runBench } from './index.ts';

const { values } = parseArgs({
  options: {
    filter: { type: 'string' },
    repeat: { type: 'string' },
    json: { type: 'boolean', default: false },
    markdown: { type: 'boolean', default: false },
  },
});
const result = await runBench({
  ...(values.filter !== undefined && { filter: values.filter }),
  ...(values.repeat !== undefined && { repeat: Number(values.repeat) }),
  json: values.json,
  log: (line) => process.stderr.write(`${line}\n`),
});
console.log(values.json ? JSON.stringify(result) : resultText(result));
if (values.markdown) console.log(`\n${markdown(result.rows)}`);
process.exit(result.ok ? 0 : 1);
