import type { Actor } from "../actor.ts";
import type { Context } from "../context.ts";
import { type Account, grantsFor, type Viewer, viewerOf } from "./access.ts";
import { grantsTopic } from "./events.ts";
import { type Access, accessIn, type Grant, nextEnd, readGrants, seesAny } from "./grants.ts";

/** Timers that reach further would fire at once. */
const MAX_TIMER_MS = 2_147_483_647;

/** What one viewer sees of an account that is shared with them, for as long as they follow it: grants change and end meanwhile. */
export interface Sight {
  /** Viewers with the same key see the same. */
  key: string;
  of(chatId: string): Access;
  seesAny(): boolean;
  /** Keeps up with the grants, and tells when they let the viewer see otherwise than before. @returns stop */
  watch(changed: () => void): () => void;
}

/** Null for those to whom the account belongs. */
export async function sightOf(ctx: Context, account: Account): Promise<Sight | null> {
  if (account.grants === null) return null;
  const viewer = viewerOf(ctx);
  let grants: readonly Grant[] = account.grants;
  const watch = (changed: () => void) => {
    let timer: NodeJS.Timeout | undefined;
    const wait = () => {
      clearTimeout(timer);
      const [now, end] = [ctx.now(), nextEnd(grants, ctx.now())];
      if (end === null) return;
      timer = setTimeout(() => tell(grants), Math.min(end - now.getTime(), MAX_TIMER_MS)).unref();
    };
    const tell = (next: readonly Grant[]) => {
      grants = next;
      wait();
      changed();
    };
    const hear = (all: readonly Grant[]) => {
      const next = grantsFor(viewer, all);
      if (JSON.stringify(next) !== JSON.stringify(grants)) tell(next);
    };
    const read = () =>
      readGrants(ctx.db, account.id).then(hear, (error: unknown) =>
        ctx.log.error({ err: error }, "Failed to read who sees an account"),
      );
    const stops = [
      ctx.bus.subscribeLatest(grantsTopic.name(account.id), (all) => hear(all as Grant[])),
      ctx.bus.onGap(() => void read()),
      () => clearTimeout(timer),
    ];
    wait();
    // What changed before it listened.
    void read();
    return () => {
      for (const stop of stops) stop();
    };
  };
  return {
    key: keyOf(viewer),
    of: (chatId) => accessIn(grants, Number(chatId), ctx.now()),
    seesAny: () => seesAny(grants, ctx.now()),
    watch,
  };
}

const keyOf = ({ owner, roles }: Viewer): string => JSON.stringify([owner, roles]);

/** Whether a caller whose rights changed may go on: as the owner, or as the one they were. */
export const readersOf =
  (ctx: Context, { row }: Account, sight: Sight | null) =>
  (actor: Actor): boolean => {
    if (actor.kind === "anonymous") return false;
    const viewer = viewerOf({ actor, now: ctx.now });
    if (viewer.owner === null || viewer.owner === row.owner) return true;
    return sight !== null && keyOf(viewer) === sight.key && sight.seesAny();
  };
