/** @throws what the work fails with, or an Error that says what was not done in time */
export async function withinMs<Result>(
  ms: number,
  work: Promise<Result>,
  late = "Redis did not answer",
): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    // A process that was busy itself gets to read what arrived meanwhile before it blames another.
    timer = setTimeout(() => setImmediate(() => reject(new Error(`${late} within ${ms} ms`))), ms);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
