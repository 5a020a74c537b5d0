import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { Button } from "../../../ui/button.tsx";
import { useMay } from "../../auth/agent-context.tsx";
import type { ReadRoom } from "../room/use-room-store.ts";
import { useTradingText } from "../use-trading-text.ts";
import type { ShownPerson } from "../voice/people.ts";
import { useModeration } from "./use-moderation.ts";

/** What moderators find beside people in the voice of a room; undefined for the others. */
export function useSpeakerAside({ port, room }: Pick<ReadRoom, "port" | "room">) {
  const t = useTranslations("roomsDesk.moderation");
  const { trader: nameOf } = useTradingText();
  const moderation = useModeration({ port, room });
  if (!useMay()("trading:write")) return undefined;
  return (person: ShownPerson): ReactNode => (
    <Button
      size="sm"
      aria-label={t(person.isSpeaker ? "endSpeakingName" : "letSpeakName", { name: nameOf(person) })}
      onClick={() => void moderation.setSpeaker(person, !person.isSpeaker)}
    >
      {t(person.isSpeaker ? "endSpeaking" : "letSpeak")}
    </Button>
  );
}
