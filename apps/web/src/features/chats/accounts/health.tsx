import type { Session } from "@pult/api/chats/schema.ts";
import { useTranslations } from "next-intl";
import { cx } from "../../../ui/cx.ts";
import { useNow } from "../../../ui/use-now.ts";

export type Health = "connected" | "connecting" | "catchingUp" | "offline" | "flood" | "signIn";

/** What matters most of an account's state comes first. @param now milliseconds */
export function healthOf({ status, health }: Session, now: number): Health {
  if (status === "EXPIRED") return "signIn";
  if (secondsUntil(health.floodWaitUntil, now) > 0) return "flood";
  return health.connection;
}

export const secondsUntil = (until: string | null, now: number): number =>
  until === null ? 0 : Math.max(0, Math.ceil((Date.parse(until) - now) / 1_000));

/** 0:42, 12:05, 1:02:09. */
export function countdown(seconds: number): string {
  const two = (part: number) => String(part).padStart(2, "0");
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}:${two(seconds % 60)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds % 60)}`;
}

/** The state of an account, and how long Telegram still asks it to wait. */
export function useHealth(account: Session): { health: Health; seconds: number } {
  const isWaiting = secondsUntil(account.health.floodWaitUntil, Date.now()) > 0;
  const now = useNow(1_000, isWaiting);
  return { health: healthOf(account, now), seconds: secondsUntil(account.health.floodWaitUntil, now) };
}

const WORD: Record<Health, string> = {
  connected: "text-muted",
  connecting: "text-warning",
  catchingUp: "text-warning",
  offline: "text-muted",
  flood: "text-warning",
  signIn: "text-danger",
};
const DOT: Record<Health, string> = {
  connected: "bg-success",
  connecting: "bg-warning",
  catchingUp: "bg-warning",
  offline: "border-2 border-muted bg-surface",
  flood: "bg-warning",
  signIn: "bg-danger",
};

export const HealthDot = ({ health, className }: { health: Health; className?: string }) => (
  <span aria-hidden className={cx("size-2 rounded-full", DOT[health], className)} />
);

/** The state as a word, with the seconds that are left. */
export function HealthText({ account, className }: { account: Session; className?: string }) {
  const t = useTranslations("chats.health");
  const { health, seconds } = useHealth(account);
  return (
    <span className={cx("num truncate", WORD[health], className)}>
      {health === "flood" ? t("flood", { time: countdown(seconds) }) : t(health)}
    </span>
  );
}

/** How an account is called: by its owner's name, else by its number. */
export function accountName({ user, phoneNumber }: Session): string {
  const name = [user?.firstName, user?.lastName].filter(Boolean).join(" ");
  return name || (user?.username ? `@${user.username}` : (phoneNumber ?? "Telegram"));
}
