/** How the user calls this program: npm's scripts and npx know where it is, the shell perhaps not. */
export const commandName = (env: NodeJS.ProcessEnv = process.env): string =>
  env['npm_command'] === undefined ? 'netdojo' : 'npx netdojo';
