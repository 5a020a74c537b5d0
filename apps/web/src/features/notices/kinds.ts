import {
  Activity,
  AtSign,
  Bell,
  BellOff,
  Hourglass,
  KeyRound,
  type LucideIcon,
  Megaphone,
  MessageSquare,
  OctagonAlert,
  Timer,
  TriangleAlert,
  Unplug,
  UserCheck,
  Webhook,
  Workflow,
} from "lucide-react";
import type { Messages } from "next-intl";
import { useTranslations } from "next-intl";

const ICONS: Record<string, LucideIcon> = {
  "support.assigned": UserCheck,
  "support.mentioned": AtSign,
  "support.message": MessageSquare,
  "support.waiting": Hourglass,
  "support.deliveryFailed": TriangleAlert,
  "support.answer": MessageSquare,
  "notifications.alert": Activity,
  "notifications.broadcast": Megaphone,
  "notifications.instagramToken": KeyRound,
  "notifications.instagramSilent": BellOff,
  "chats.accountExpired": Unplug,
  "chats.sendingStopped": OctagonAlert,
  "chats.floodWait": Timer,
  "chats.bulk": Megaphone,
  "workflows.automation": Workflow,
  "workflows.webhookFailing": Webhook,
};
/** A kind that a newer server knows gets the bell. */
export const iconOf = (kind: string): LucideIcon => ICONS[kind] ?? Bell;

type Known = keyof Messages["notices"]["kind"];

/** `support.assigned` as a key of messages, where a dot would mean a level. */
const keyOf = (kind: string) => kind.replaceAll(".", "_") as Known;

/** What a kind is called; one that has no words yet by its own name. */
export function useKindText() {
  const t = useTranslations("notices.kind");
  return (kind: string): string => (t.has(keyOf(kind)) ? t(keyOf(kind)) : kind);
}

/** Whether its events have a weight, such as the confidence of a live alert, by which a person can choose. */
export const weighs = (kind: string): boolean => kind === "notifications.alert";
