"use client";

import type { ConversationRow } from "@pult/api/support/schema.ts";
import { useTranslations } from "next-intl";
import { useRef } from "react";
import { useCommands } from "../../shell/commands.tsx";

type Input = { rows: readonly ConversationRow[]; openId: number | null; onOpen: (id: number) => void };

/** J and K through the list as it is shown. */
export function useInboxKeys({ rows, openId, onOpen }: Input) {
  const t = useTranslations("inbox");
  const place = useRef(-1);
  const at = rows.findIndex((row) => row.id === openId);
  if (at >= 0) place.current = at;
  const step = (by: 1 | -1) => {
    // The open one left the list (resolved, snoozed): its place is now the next one's.
    const from = at >= 0 ? at + by : place.current + (by === 1 ? 0 : -1);
    const next = rows[Math.max(0, from)];
    if (next && next.id !== openId) onOpen(next.id);
  };
  useCommands([
    { id: "next", group: "list", label: t("next"), keys: "j", isKeyOnly: true, run: () => step(1) },
    { id: "previous", group: "list", label: t("previous"), keys: "k", isKeyOnly: true, run: () => step(-1) },
  ]);
}
