import { useTranslations } from "next-intl";
import { useCallback, useEffect } from "react";
import { useStore } from "zustand";
import { lazyModule } from "../../ui/lazy.tsx";
import type { CustomerChat } from "../chat.ts";
import type { TelegramClient } from "../telegram/client.ts";
import { RoomList } from "./room-list.tsx";
import { RoomLoading } from "./room-notices.tsx";
import { useCustomerPort } from "./use-customer-port.ts";

// A list is looked at more often than a room, and takes far less.
const RoomView = lazyModule(() => import("./room-view.tsx")).part((module) => module.RoomView, {
  whileLoading: () => <RoomLoading />,
});

type RoomsTabProps = {
  chat: CustomerChat;
  telegram: TelegramClient;
  isShown: boolean;
  /** The room that is open. */
  roomId: string | null;
  onOpen: (roomId: string | null) => void;
  /** A room is open, which has no tabs beneath it. */
  onCover: (isCovered: boolean) => void;
  onDirty: (isDirty: boolean) => void;
};

/** Trading rooms on the connection of the conversation. */
export function RoomsTab({ chat, telegram, isShown, roomId, onOpen, onCover, onDirty }: RoomsTabProps) {
  const t = useTranslations("rooms");
  const isOffline = useStore(chat.state, ({ connection }) => connection === "offline");
  const port = useCustomerPort(chat);
  const isCovered = isShown && roomId !== null;
  useEffect(() => onCover(isCovered), [isCovered, onCover]);
  const onClose = useCallback(() => onOpen(null), [onOpen]);
  if (roomId !== null) {
    return (
      <div className={isShown ? "flex min-h-0 flex-1 flex-col" : "hidden"}>
        <RoomView key={roomId} {...{ roomId, port, telegram, isShown, isOffline, onClose, onDirty }} />
      </div>
    );
  }
  return (
    <main hidden={!isShown} className="scroll-pane min-h-0 flex-1 pb-4 *:mx-auto *:max-w-[720px]">
      <h1 className="sr-only">{t("title")}</h1>
      <RoomList port={port} isShown={isShown} onOpen={onOpen} />
    </main>
  );
}
