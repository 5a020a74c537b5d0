"use client";

import { useTranslations } from "next-intl";
import { Avatar } from "../../../ui/avatar.tsx";
import { cx } from "../../../ui/cx.ts";
import type { PresentAgent } from "./presence.ts";

const MAX_FACES = 3;
const TONES = { typing: "text-accent-text", drafting: "text-warning", viewing: "text-muted" } as const;

/** Colleagues at the same conversation, so that two do not answer at once. */
export function PresenceStrip({ agents }: { agents: readonly PresentAgent[] }) {
  const t = useTranslations("thread.presence");
  const [first] = agents;
  const say = ({ name, activity }: PresentAgent) => t(activity, { name });
  const text = first
    ? agents.length > 1
      ? t("more", { first: say(first), count: agents.length - 1 })
      : say(first)
    : "";
  return (
    <p
      role="status"
      aria-label={t("label")}
      title={agents.map(say).join("\n")}
      className={cx("ml-auto flex min-w-0 items-center gap-1.5", first && TONES[first.activity])}
    >
      <span className="flex shrink-0 -space-x-1.5">
        {agents.slice(0, MAX_FACES).map(({ id, name }) => (
          <Avatar key={id} name={name} size={20} className="ring-2 ring-surface" />
        ))}
      </span>
      <span dir="auto" className="truncate">
        {text}
      </span>
    </p>
  );
}
