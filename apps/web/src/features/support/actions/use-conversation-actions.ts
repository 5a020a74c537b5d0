import type { ConversationRow, SetStatusInput } from "@pult/api/support/schema.ts";
import { useQueryClient } from "@tanstack/react-query";
import { Check, Clock3, Hourglass, type LucideIcon, RotateCcw, UserCheck, UserX } from "lucide-react";
import { useTranslations } from "next-intl";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { inOrder } from "../../../trpc/in-order.ts";
import { showDone } from "../../shell/undo.ts";
import { useFailureToast } from "../../shell/use-failure-toast.ts";
import { useDesk } from "../desk-provider.tsx";
import { hearRow } from "../inbox/inbox-cache.ts";

type Person = { id: string; name: string };
/** A status as the agent chooses it; snoozed with the instant it ends. */
export type StatusChoice = { status: "open" | "pending" | "resolved" } | { status: "snoozed"; until: string };

type Change = {
  before: ConversationRow;
  after: ConversationRow;
  call: () => Promise<{ conversation: ConversationRow }>;
};

type Shown = { show: (row: ConversationRow) => void; current: (id: number) => ConversationRow | undefined };

/**
 * Shows a change at once, and takes it back when the server refuses. The answer takes the place of what the click has shown, never of what the
 * log or a later click has shown since.
 * @throws the refusal
 */
export async function changeRow({ show, current }: Shown, { before, after, call }: Change): Promise<void> {
  show(after);
  const settle = (row: ConversationRow) => current(row.id) === after && show(row);
  try {
    settle((await inOrder(`conversation ${before.id}`, call)).conversation);
  } catch (error) {
    settle(before);
    throw error;
  }
}

/** Resolves to whether the change was accepted. */
function useOptimisticRow() {
  const desk = useDesk();
  const queryClient = useQueryClient();
  const show = (row: ConversationRow) => {
    hearRow({ queryClient, desk, row });
    desk.openThread(row.id)?.applyRow(row);
  };
  return async (change: Change, onFailure: (error: unknown) => void): Promise<boolean> => {
    try {
      await changeRow({ show, current: (id) => desk.overlay.get(id) }, change);
      return true;
    } catch (error) {
      onFailure(error);
      return false;
    }
  };
}

const STATUS_ICONS: Record<ConversationRow["status"], LucideIcon> = {
  resolved: Check,
  open: RotateCcw,
  pending: Hourglass,
  snoozed: Clock3,
};

const choiceOf = ({ status, snoozedUntil }: ConversationRow): StatusChoice =>
  status === "snoozed" ? { status, until: snoozedUntil ?? new Date().toISOString() } : { status };

/** Assign, snooze, resolve, reopen: at once, undoable, and honest when refused. */
export function useConversationActions(row: ConversationRow) {
  const desk = useDesk();
  const t = useTranslations();
  const time = useTimeText();
  const failed = useFailureToast();
  const change = useOptimisticRow();
  const name = row.customer.name;

  const putStatus = (before: ConversationRow, choice: StatusChoice) => {
    const input: SetStatusInput = { conversationId: before.id, ...choice };
    const call = () => desk.client.support.setStatus.mutate(input);
    return change({ before, after: { ...before, ...statusOf(choice) }, call }, failed(t("header.failed.status")));
  };

  const putAssignee = (before: ConversationRow, assignee: Person | null) => {
    const input = { conversationId: before.id, assigneeId: assignee?.id ?? null };
    const call = () => desk.client.support.assign.mutate(input);
    return change({ before, after: { ...before, assignee }, call }, failed(t("header.failed.assign")));
  };

  const setStatus = async (choice: StatusChoice) => {
    if (choice.status === row.status && choice.status !== "snoozed") return;
    const until = choice.status === "snoozed" ? time.moment(choice.until) : "";
    if (!(await putStatus(row, choice))) return;
    showDone({
      icon: STATUS_ICONS[choice.status],
      title: t(`header.done.${choice.status}`, { name, time: until }),
      undoLabel: t("common.undo"),
      undo: () => putStatus({ ...row, ...statusOf(choice) }, choiceOf(row)),
    });
  };

  const assign = async (assignee: Person | null) => {
    if (assignee?.id === row.assignee?.id) return;
    if (!(await putAssignee(row, assignee))) return;
    showDone({
      icon: assignee ? UserCheck : UserX,
      title: assignee
        ? t("header.done.assigned", { assignee: assignee.name, name })
        : t("header.done.unassigned", { name }),
      undoLabel: t("common.undo"),
      undo: () => putAssignee({ ...row, assignee }, row.assignee),
    });
  };
  return { setStatus, assign };
}

function statusOf(choice: StatusChoice): Pick<ConversationRow, "status" | "snoozedUntil"> {
  return { status: choice.status, snoozedUntil: choice.status === "snoozed" ? choice.until : null };
}
