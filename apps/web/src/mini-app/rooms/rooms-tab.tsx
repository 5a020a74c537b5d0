import { useTranslations } from "next-intl";
import { useCallback, useEffect, useMemo, useState } from "react";
import { useStore } from "zustand";
import type { TradingPort } from "../../features/trading/room-store.ts";
import { lazyModule } from "../../ui/lazy.tsx";
import type { CustomerChat } from "../chat.ts";
import { ChatLoading } from "../notices.tsx";
import type { TelegramClient } from "../telegram/client.ts";
import { RoomList } from "./room-list.tsx";

// A list is looked at more often than a room, and takes far less.
const RoomView = lazyModule(() => import("./room-view.tsx")).part((module) => module.RoomView, {
  whileLoading: () => <ChatLoading />,
});

type RoomsTabProps = {
  chat: CustomerChat;
  telegram: TelegramClient;
  isShown: boolean;
  /** The room that a link led to. */
  roomId: string | null;
  /** A room is open, which has no tabs beneath it. */
  onCover: (isCovered: boolean) => void;
  onDirty: (isDirty: boolean) => void;
};

/** Trading rooms on the connection of the conversation. */
export function RoomsTab({ chat, telegram, isShown, roomId, onCover, onDirty }: RoomsTabProps) {
  const t = useTranslations("rooms");
  const [openedId, setOpenedId] = useState(roomId);
  const isOffline = useStore(chat.state, ({ connection }) => connection === "offline");
  const port = useMemo<TradingPort>(
    () => ({
      withSession: (call) => chat.withSession(call),
      follow: (follower) => chat.follow(follower),
      online: chat.online,
    }),
    [chat],
  );
  const isCovered = isShown && openedId !== null;
  useEffect(() => onCover(isCovered), [isCovered, onCover]);
  const onClose = useCallback(() => setOpenedId(null), []);
  if (openedId !== null) {
    return (
      <div className={isShown ? "flex min-h-0 flex-1 flex-col" : "hidden"}>
        <RoomView key={openedId} roomId={openedId} {...{ port, telegram, isShown, isOffline, onClose, onDirty }} />
      </div>
    );
  }
  return (
    <main hidden={!isShown} className="scroll-pane min-h-0 flex-1 pb-4 *:mx-auto *:max-w-[720px]">
      <h1 className="sr-only">{t("title")}</h1>
      <RoomList port={port} isShown={isShown} onOpen={setOpenedId} />
    </main>
  );
}
