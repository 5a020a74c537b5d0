import { requireStaff } from "../auth/permissions.ts";
import type { Context } from "../context.ts";
import type { LogView } from "../realtime/view.ts";
import { crmTopic } from "./events.ts";
import type { CrmEvent } from "./schema.ts";

/**
 * What happens to records. One who begins, or whose position is too old, reads the lists again: there are too many records for a snapshot.
 * @throws DomainError `FORBIDDEN`
 */
export function followRecords(ctx: Context): LogView<CrmEvent, null> {
  requireStaff(ctx.actor, "chats:read");
  return {
    kind: "log",
    topic: crmTopic.name("all"),
    viewer: "staff",
    mayRead: (actor) => crmTopic.mayRead(actor, "all"),
    present: (payload) => payload as CrmEvent,
    snapshot: async () => null,
  };
}
