import { rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import { isStaff, requireStaff } from "../../auth/permissions.ts";
import type { Context, Deps } from "../../context.ts";
import { malformed } from "../../errors.ts";
import { selectNames } from "../../people/identities.ts";
import type { LatestView } from "../../realtime/view.ts";
import { isUtcInstant } from "../../storable.ts";
import type { ConnectedCount, PresenceInput, PresencePage } from "../toasts/schema.ts";
import { NODE_TIMEOUT_SECONDS } from "./reader-board.ts";

interface Row {
  reader: string;
  isOnline: boolean;
  since: string | Date;
  seenAt: string | Date;
  online: number | string;
}

/** Users of the Mini App, those who are connected first. @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` */
export async function listPresence(ctx: Context, { state, cursor, limit }: PresenceInput): Promise<PresencePage> {
  requireStaff(ctx.actor, "notifications:read");
  const after = cursor ? parseCursor(cursor) : null;
  const rows = rowsOf<Row>(
    await ctx.db.execute(sql`
      with u as (
        select r.reader, bool_or(r.is_current and coalesce(n.seen_at > now() - make_interval(secs => ${NODE_TIMEOUT_SECONDS}), false)) as "isOnline",
          max(r.since) as since, date_trunc('milliseconds', max(r.seen_at)) as "seenAt"
        from notification_readers r left join notification_nodes n on n.node = r.node
        ${state === "online" ? sql`where r.is_current` : sql``} group by r.reader),
      counted as (select count(*) filter (where "isOnline") as online from u)
      select counted.online, page.* from counted left join lateral (
        select * from u where ${state === undefined ? sql`true` : sql`"isOnline" = ${state === "online"}`}
          and ${after ? sql`("isOnline", "seenAt", reader) < (${after.isOnline}, ${after.seenAt}::timestamptz, ${after.reader})` : sql`true`}
        order by "isOnline" desc, "seenAt" desc, reader desc limit ${limit + 1}) page on true`),
  );
  const found = rows.filter(({ reader }) => reader !== null);
  const page = found.slice(0, limit);
  const names = await selectNames(
    ctx.db,
    page.map(({ reader }) => reader),
  );
  const last = page.at(-1);
  return {
    online: Number(rows[0]?.online ?? 0),
    users: page.map(({ reader, isOnline, since, seenAt }) => {
      const [namespace = "", ...rest] = reader.split(":");
      const { personId = null, name = null, username = null } = names.get(reader) ?? {};
      const lastSeenAt = isOnline ? null : new Date(seenAt).toISOString();
      const visit = { isOnline, since: new Date(since).toISOString(), lastSeenAt };
      return { namespace, externalId: rest.join(":"), personId, name, username, ...visit };
    }),
    nextCursor: found.length > limit && last ? cursorOf(last) : null,
  };
}

const cursorOf = ({ isOnline, seenAt, reader }: Row) =>
  `${isOnline ? 1 : 0},${new Date(seenAt).toISOString()},${reader}`;

function parseCursor(cursor: string) {
  const [, online, seenAt = "", reader = ""] = /^([01]),(\d{4}-\d\d-\d\dT[\d:.]{12}Z),(.+)$/.exec(cursor) ?? [];
  if (!isUtcInstant(seenAt)) throw malformed("Invalid cursor; start again without one");
  return { isOnline: online === "1", seenAt, reader };
}

/** Changes of one moment are published together. */
const GATHER_MS = 2_000;

/** How many are connected, again when that changes. The caller has checked who asks. */
export const followPresence = ({ presence }: Pick<Deps, "presence">): LatestView<ConnectedCount> => ({
  kind: "latest",
  topic: "notifications.presence:all",
  reader: null,
  mayRead: (actor) => isStaff(actor, "notifications:read"),
  newest: () => ({ connected: presence.online }),
  subscribe(listener) {
    let timer: NodeJS.Timeout | null = null;
    const stop = presence.onChange(() => {
      timer ??= setTimeout(() => {
        timer = null;
        listener({ connected: presence.online });
      }, GATHER_MS).unref();
    });
    return () => {
      stop();
      if (timer) clearTimeout(timer);
    };
  },
});
