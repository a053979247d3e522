import type { Command } from 'commander';

/** For commands about a running cloud: which one. */
export const withCloudOption = (command: Command): Command =>
  command.option('--cloud <cloud>', 'which running cloud; needed when several are up');
