import type { Context } from "../../context.ts";
import type { LogView } from "../../realtime/view.ts";
import { requireAccount } from "../access.ts";
import { chatsError } from "../errors.ts";
import { bulkTopic } from "../events.ts";
import { readersOf, sightOf } from "../sight.ts";
import { maySendToMany } from "./access.ts";
import { listBulks } from "./list.ts";
import type { Bulk, BulkEvent, FollowBulksInput } from "./schema.ts";

/** Which messages to many of an account change; one who begins gets them. @throws DomainError `NOT_FOUND` */
export async function followBulks(
  ctx: Context,
  { accountId }: FollowBulksInput,
): Promise<LogView<BulkEvent, { items: Bulk[] }>> {
  const account = await requireAccount(ctx, accountId);
  if (!maySendToMany(ctx, account, "read")) throw chatsError("accountNotFound");
  const sight = await sightOf(ctx, account);
  return {
    kind: "log",
    topic: bulkTopic.name(account.id),
    viewer: sight ? `shared/${sight.key}` : "own",
    mayRead: readersOf(ctx, account, sight),
    present: (payload) => payload as BulkEvent,
    ...(sight ? { changes: sight.watch } : {}),
    snapshot: () => listBulks(ctx, { accountId: account.id }),
  };
}
