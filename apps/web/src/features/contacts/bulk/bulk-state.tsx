import type { Bulk, BulkRecipient, BulkState } from "@pult/api/chats/bulk/schema.ts";
import {
  Ban,
  Check,
  CheckCheck,
  CircleAlert,
  Clock3,
  Hourglass,
  Pause,
  PenLine,
  SendHorizontal,
  TriangleAlert,
} from "lucide-react";
import { useTranslations } from "next-intl";
import { type StateLook, StateText } from "../../../ui/state-text.tsx";

const LOOKS: Record<BulkState, StateLook> = {
  draft: { icon: PenLine, tone: "text-muted" },
  waiting: { icon: Hourglass, tone: "text-warning" },
  running: { icon: SendHorizontal, tone: "text-accent-text" },
  paused: { icon: Pause, tone: "text-warning" },
  cancelled: { icon: Ban, tone: "text-muted" },
  done: { icon: Check, tone: "text-success" },
};

export const RECIPIENT_LOOKS: Record<BulkRecipient["state"], StateLook> = {
  queued: { icon: Clock3, tone: "text-muted" },
  sending: { icon: Clock3, tone: "text-fg-2" },
  sent: { icon: Check, tone: "text-success" },
  read: { icon: CheckCheck, tone: "text-success" },
  failed: { icon: CircleAlert, tone: "text-danger" },
  skipped: { icon: Ban, tone: "text-muted" },
  unknown: { icon: TriangleAlert, tone: "text-warning" },
};

/** How many are written to, and how many of them are through. */
export function progressOf({ counts }: Bulk): { done: number; total: number } {
  const { queued, sending, sent, read, failed, unknown } = counts;
  const done = sent + read + failed + unknown;
  return { done, total: done + queued + sending };
}

/** How a bulk message stands, in a word. */
export function BulkStateText({ state }: Pick<Bulk, "state">) {
  const t = useTranslations("bulk");
  return <StateText look={LOOKS[state]} text={t(`state.${state}`)} />;
}
