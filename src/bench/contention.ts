/**
 * How many times longer a fixed computation takes than the processor time that it needs: 1 where nothing else wants the
 * processor.
 */
export function contention(milliseconds = 200): number {
  const started = performance.now();
  const before = process.threadCpuUsage();
  let used = 0;
  let sum = 0;
  while (used < milliseconds * 1000) {
    for (let i = 0; i < 100_000; i++) sum = (sum * 31 + i) % 65_521;
    const { user, system } = process.threadCpuUsage();
    used = user + system - before.user - before.system;
  }
  // The sum is used, so that nothing of the work can be left out.
  if (sum < 0) throw new Error('nothing was computed');
  return ((performance.now() - started) * 1000) / used;
}
