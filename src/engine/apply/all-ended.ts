/** Of several works the first failure, but only when all have ended: nothing goes on behind an error's back. */
export async function allEnded(works: readonly (Promise<unknown> | false)[]): Promise<void> {
  const results = await Promise.allSettled(works.filter((work) => work !== false));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}
