import type { Transaction } from "@pult/db/database.ts";
import type { NewEntry } from "../../realtime/log.ts";
import type { Toast } from "../toasts/schema.ts";
import { storeToasts } from "../toasts/toasts.ts";
import type { BroadcastRow, TargetRow } from "./rows.ts";
import type { Broadcast, BroadcastTarget } from "./schema.ts";

/** What a broadcast to one place came to, in the words of the Mini App protocol. */
export function resultOf(
  kind: Broadcast["kind"],
  target: Pick<BroadcastTarget, "state" | "reason"> | null,
): Pick<Toast, "level" | "title"> {
  const reason = target?.reason ?? "Telegram has not answered yet";
  if (target?.state === "pinned" || (target?.state === "sent" && target.reason === null))
    return { level: "success", title: kind === "pin" ? "Message pinned!" : "Message sent and pinned!" };
  if (target?.state === "sent") return { level: "error", title: `Sent, but not pinned: ${reason}` };
  if (target?.state === "unknown") return { level: "error", title: `The message may have been sent: ${reason}` };
  return { level: "error", title: reason };
}

/** Whether a user of the Mini App asked for it. */
export const isOfUser = ({ actorKey }: Pick<BroadcastRow, "actorKey">): boolean =>
  /^(telegram|app|wallet|instagram):/.test(actorKey);

/** Tells a user of the Mini App how their broadcast went, wherever they are by then. Staff watch theirs on the page Live. */
export function toastResults(
  tx: Transaction,
  { actorKey, kind }: Pick<BroadcastRow, "actorKey" | "kind">,
  targets: readonly TargetRow[],
): Promise<NewEntry[]> {
  if (!isOfUser({ actorKey })) return Promise.resolve([]);
  const toasts = targets
    .filter(({ finishedAt }) => finishedAt !== null)
    .map((target) => ({
      reader: actorKey,
      ...resultOf(kind as Broadcast["kind"], { ...target, state: target.state as BroadcastTarget["state"] }),
    }));
  return storeToasts(tx, { toasts, now: new Date() });
}
