import { complainOf } from './complain.ts';
import { run } from './run.ts';
import { outputTo } from './terminal/output.ts';

// What nobody awaited has failed: nothing is certain any more. The watchdogs take down what this process owns.
process.on('uncaughtException', (error) => {
  process.exit(complainOf(error, { output: outputTo(process.stdout), json: false, colour: false }));
});

// Connections that are kept open for the next request must not keep the process.
process.exit(await run(process.argv.slice(2)));
