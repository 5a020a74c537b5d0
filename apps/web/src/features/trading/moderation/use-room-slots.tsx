import type { ChatMessage } from "@pult/api/trading/schema.ts";
import { useTranslations } from "next-intl";
import { type ReactNode, useCallback, useMemo, useRef } from "react";
import { useMay } from "../../auth/agent-context.tsx";
import type { OtherEvent } from "../room/timeline-line.tsx";
import type { ReadRoom } from "../room/use-room-store.ts";
import { TraderMenu } from "./trader-menu.tsx";
import { type Moderated, useModeration } from "./use-moderation.ts";

function WayBack({ label, onUndo }: { label: string; onUndo: () => void }) {
  return (
    <button type="button" onClick={onUndo} className="ml-2 min-h-6 font-medium text-accent-text hover:underline">
      {label}
    </button>
  );
}

type Slots = {
  aside?: (trader: Moderated) => ReactNode;
  wayBack?: (event: OtherEvent) => ReactNode;
};

/** What moderators find beside names and beneath what they did; nothing for the others. */
export function useRoomSlots({ port, room }: Pick<ReadRoom, "port" | "room">): Slots {
  const t = useTranslations("roomsDesk.moderation");
  const mayModerate = useMay()("trading:write");
  const moderation = useModeration({ port, room });
  // Rows are drawn again only when they change, not with every trade.
  const now = useRef({ port, room, moderation });
  now.current = { port, room, moderation };
  const aside = useCallback(
    ({ traderId, userId, name }: Moderated | ChatMessage) => (
      <TraderMenu port={now.current.port} room={now.current.room} trader={{ traderId, userId, name }} />
    ),
    [],
  );
  const wayBack = useCallback(
    (event: OtherEvent): ReactNode => {
      if (event.type === "muted" && event.until !== null && Date.parse(event.until) > Date.now())
        return <WayBack label={t("allow")} onUndo={() => void now.current.moderation.allow(event)} />;
      if (event.type === "removed")
        return <WayBack label={t("readmit")} onUndo={() => void now.current.moderation.readmit(event)} />;
      return null;
    },
    [t],
  );
  return useMemo(() => (mayModerate ? { aside, wayBack } : {}), [mayModerate, aside, wayBack]);
}
