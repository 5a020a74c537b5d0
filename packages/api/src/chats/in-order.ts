import type { Context } from "../context.ts";
import { perProcess } from "../per-process.ts";

/** What is under way, by what it is about. */
const running = perProcess(() => new Map<string, Promise<unknown>>());

/** Does things about one subject one after another, in the order in which they are asked for, as far as one node sees them. */
export async function inOrder<Result>(
  ctx: Pick<Context, "bus">,
  subject: string,
  work: () => Promise<Result>,
): Promise<Result> {
  const all = running(ctx);
  const before = all.get(subject) ?? Promise.resolve();
  const now = before.then(work, work);
  all.set(subject, now);
  try {
    return await now;
  } finally {
    if (all.get(subject) === now) all.delete(subject);
  }
}
