import type { RoomState } from "@pult/api/trading/schema.ts";
import { Send } from "lucide-react";
import { useTranslations } from "next-intl";
import { useRef, useState } from "react";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { Button } from "../../../ui/button.tsx";
import { cx } from "../../../ui/cx.ts";
import { Icon } from "../../../ui/icon.tsx";
import { useNow } from "../../../ui/use-now.ts";
import { MessageField } from "../../thread/message-field.tsx";
import { newId } from "../../thread/send-queue.ts";
import type { RoomStore } from "../room-store.ts";
import { useJoin } from "./join-card.tsx";

const MAX_LENGTH = 2_000;

/** Why the reader cannot write here; null when they can. */
export function useSilence({ me, status }: RoomState): string | null {
  const t = useTranslations("rooms.why");
  const time = useTimeText();
  const now = useNow(5_000, me?.mutedUntil != null);
  if (status === "closed") return t("closedChat");
  if (me?.isRemoved) return t("removed");
  if (!me?.isMember) return t("joinToWrite");
  if (me.mutedUntil && Date.parse(me.mutedUntil) > now) return t("mutedUntil", { time: time.moment(me.mutedUntil) });
  return null;
}

type SilenceProps = { store: RoomStore; room: RoomState; why: string };

/** Why nothing can be written, and the way in for those who are not there. */
function Silence({ store, room: { me, status }, why }: SilenceProps) {
  const t = useTranslations("rooms.join");
  const { isJoining, refusal, join } = useJoin({ store });
  const canJoin = !me?.isMember && !me?.isRemoved && status !== "closed";
  return (
    <div className="flex shrink-0 flex-wrap items-center justify-center gap-x-3 gap-y-1 border-line border-t px-4 py-2 text-12 text-muted">
      <p className="py-1">{refusal ?? why}</p>
      {canJoin ? (
        <Button aria-disabled={isJoining} onClick={join} className="max-md:h-10">
          {t("join")}
        </Button>
      ) : null}
    </div>
  );
}

type ChatComposerProps = { store: RoomStore; room: RoomState; onSend?: () => void; className?: string };

/** Where the room's words are written; where that cannot be, why. */
export function ChatComposer({ store, room, onSend, className }: ChatComposerProps) {
  const t = useTranslations("rooms.chat");
  const tMessage = useTranslations("message");
  const field = useRef<HTMLTextAreaElement>(null);
  const [text, setText] = useState("");
  const silence = useSilence(room);
  if (silence !== null) return <Silence store={store} room={room} why={silence} />;
  const excess = text.length - MAX_LENGTH;
  const canSend = text.trim() !== "" && excess <= 0;
  const send = () => {
    field.current?.focus();
    if (!canSend) return;
    onSend?.();
    store.sendQueue.add({ clientId: newId(), createdAt: new Date().toISOString(), text });
    setText("");
  };
  return (
    <form
      aria-label={t("write")}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
      className={cx("shrink-0 px-4 pt-1 pb-3", className)}
    >
      {excess > 0 ? <p className="pb-1 text-12 text-danger">{tMessage("tooLong", { count: excess })}</p> : null}
      <div className="flex items-end rounded-3 border border-control bg-surface pr-1 focus-within:border-focus focus-within:outline-2 focus-within:outline-focus focus-within:-outline-offset-1">
        <MessageField
          field={field}
          value={text}
          label={t("message")}
          placeholder={t("message")}
          isInvalid={excess > 0}
          onWrite={setText}
          onSend={send}
          onFiles={() => {}}
          className="max-h-32 min-h-10 min-w-0 flex-1 bg-transparent px-2.5 py-2 text-14 outline-none max-md:text-16"
        />
        <button
          type="submit"
          aria-label={canSend ? tMessage("send") : t("sendNothing")}
          aria-disabled={!canSend}
          className={cx(
            "grid size-10 shrink-0 place-items-center rounded-2",
            canSend ? "text-accent-text hover:bg-surface-3" : "text-muted",
          )}
        >
          <Icon of={Send} />
        </button>
      </div>
    </form>
  );
}
