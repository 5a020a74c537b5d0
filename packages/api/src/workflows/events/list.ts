import { requireStaff } from "../../auth/permissions.ts";
import { requireAccount, viewerOf } from "../../chats/access.ts";
import type { ChatsEvent } from "../../chats/schema.ts";
import { signEvent } from "../../chats/store/present.ts";
import type { Context, Deps } from "../../context.ts";
import type { ListEventsInput, WorkflowEvent } from "../schema.ts";
import { formatCursor, parseCursor } from "./cursor.ts";
import { readEvents, type StoredEvent } from "./read.ts";
import { selectSources, showEvents } from "./sources.ts";

/** An event as it leaves Pult, with addresses of files that can be loaded for a while. */
export const presentEvent = (deps: Pick<Deps, "mediaLinks">, { id, at, payload }: StoredEvent): WorkflowEvent => ({
  id,
  at,
  ...signEvent(deps, payload as ChatsEvent),
});

/**
 * Events after a cursor, each once; without one only the cursor of the present end.
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `NOT_FOUND` for an account that the caller does not see, `VALIDATION` for a bad cursor
 */
export async function listEvents(
  ctx: Context,
  { after, limit, types, accountId }: ListEventsInput,
): Promise<{ events: WorkflowEvent[]; next: string; hasMore: boolean; missed: boolean }> {
  requireStaff(ctx.actor, "chats:read");
  const begin = after === undefined ? null : parseCursor(after);
  if (accountId !== undefined) await requireAccount(ctx, accountId);
  const sources = await selectSources(ctx.db, viewerOf(ctx));
  const wanted = sources.filter((source) => accountId === undefined || source.accountId === accountId);
  const topicsOf = (list: typeof sources) => list.map(({ topic }) => topic);
  const page = await readEvents(ctx.db, {
    topics: topicsOf(sources),
    only: topicsOf(wanted),
    after: begin,
    limit,
    types: types ?? null,
  });
  return {
    events: showEvents(sources, page.events, ctx.now()).map((event) => presentEvent(ctx, event)),
    next: formatCursor(page.next),
    hasMore: page.hasMore,
    missed: page.missed.length > 0,
  };
}
