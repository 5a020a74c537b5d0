"use client";

import type { RoomTrade } from "@pult/api/trading/schema.ts";
import { SearchX } from "lucide-react";
import Link from "next/link";
import { useParams } from "next/navigation";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { useStore } from "zustand";
import type { Failure } from "../../../trpc/failure.ts";
import { Button, buttonClass } from "../../../ui/button.tsx";
import { cx } from "../../../ui/cx.ts";
import { EmptyState } from "../../../ui/empty-state.tsx";
import { AfterDelay, Skeleton } from "../../../ui/skeleton.tsx";
import { allowed } from "../../auth/agent-context.tsx";
import { FailedState } from "../../shell/failed-state.tsx";
import { useFailureText } from "../../shell/use-failure-text.ts";
import { RoomChart } from "../chart/chart-view.tsx";
import { useRoomSlots } from "../moderation/use-room-slots.tsx";
import { useSpeakerAside } from "../moderation/use-speaker-aside.tsx";
import { OfflineBanner } from "../offline-banner.tsx";
import { Finale } from "../standings/finale.tsx";
import { PositionView } from "../standings/position-view.tsx";
import { Standings } from "../standings/standings.tsx";
import { sideClass } from "../ticket/side-class.ts";
import { TicketPane } from "../ticket/ticket-pane.tsx";
import { VoiceBar, VoiceDock } from "../voice/lazy-dock.ts";
import { useVoiceSlot, type VoiceSlot } from "../voice/voice-slot.ts";
import { ChatComposer } from "./chat-composer.tsx";
import { DepthView } from "./depth-view.tsx";
import { JoinCard } from "./join-card.tsx";
import { OFFERED_SPANS, useRoomAddress } from "./room-address.ts";
import { RoomHeader } from "./room-header.tsx";
import { PaneTabs, RoomSection } from "./room-section.tsx";
import { Tape } from "./tape.tsx";
import { TimelineView } from "./timeline-view.tsx";
import { useDeskPort } from "./use-desk-port.ts";
import { type ReadRoom, useRoomStore } from "./use-room-store.ts";

function RoomFailed({ failure, onRetry }: { failure: Failure; onRetry: () => void }) {
  const t = useTranslations("rooms");
  const failureText = useFailureText();
  if (failure.kind === "notFound") {
    return (
      <EmptyState icon={SearchX} title={t("notFound")} hint={t("notFoundHint")} role="alert">
        <Link href="/rooms" prefetch={false} className={buttonClass()}>
          {t("all")}
        </Link>
      </EmptyState>
    );
  }
  return <FailedState title={t("failed")} hint={failureText(failure)} onRetry={onRetry} />;
}

function RoomSkeleton() {
  const t = useTranslations("rooms");
  return (
    <AfterDelay label={t("loading")}>
      <div className="flex h-12 items-center gap-4 border-line border-b px-4">
        <Skeleton className="h-3 w-40" />
        <Skeleton className="ml-auto h-3 w-64" />
      </div>
      <div className="p-4">
        <Skeleton className="h-72 w-full" />
      </div>
    </AfterDelay>
  );
}

function Market(read: ReadRoom) {
  const t = useTranslations("rooms");
  const { room } = read;
  const isOpen = room.status === "open";
  const { pane, view, setAddress } = useRoomAddress();
  const [moment, setMoment] = useState<readonly RoomTrade[] | null>(null);
  const { aside } = useRoomSlots(read);
  return (
    <div className="flex min-h-0 min-w-0 flex-col max-md:contents">
      <RoomChart
        read={read}
        view={view}
        spans={OFFERED_SPANS}
        onView={(next) => void setAddress({ view: next })}
        onMoment={setMoment}
        hasFigures
        className={cx("flex-1 max-md:min-h-64", pane !== "chart" && "max-md:hidden")}
      />
      <div className="max-md:contents md:grid md:h-[296px] md:grid-cols-2 md:grid-rows-[minmax(0,1fr)] md:border-line md:border-t">
        {isOpen ? (
          <RoomSection title={t("depth.title")} on={["chart"]}>
            <DepthView {...read} />
          </RoomSection>
        ) : null}
        <RoomSection
          title={t("tape.title")}
          aside={t("tape.newest")}
          on={["trades"]}
          className={isOpen ? "md:border-line md:border-l" : "md:col-span-2"}
        >
          <div className="scroll-pane min-h-0 flex-1">
            <Tape room={room} trades={moment ?? undefined} />
          </div>
        </RoomSection>
      </div>
      <div className={cx("scroll-pane min-h-0 flex-1 md:hidden", pane !== "holders" && "hidden")}>
        {pane === "holders" ? <Standings {...read} aside={aside} /> : null}
      </div>
    </div>
  );
}

function Trading(read: ReadRoom) {
  const { pane } = useRoomAddress();
  const { aside } = useRoomSlots(read);
  const { room } = read;
  return (
    <div
      className={cx(
        "scroll-pane min-h-0 border-line max-md:flex-1 md:border-l",
        pane !== "trade" && "max-md:hidden",
        pane === "chat" && "max-lg:hidden",
      )}
    >
      {room.status === "open" ? (
        <>
          {room.me?.isMember ? <TicketPane {...read} /> : <JoinCard {...read} />}
          {room.me ? <PositionView {...read} /> : null}
          <div className="border-line border-t max-md:hidden">
            <Standings {...read} aside={aside} />
          </div>
        </>
      ) : (
        <Finale {...read} />
      )}
    </div>
  );
}

function Chat({ slot, ...read }: ReadRoom & { slot: VoiceSlot }) {
  const { store, room } = read;
  const slots = useRoomSlots(read);
  const speakerAside = useSpeakerAside(read);
  const t = useTranslations("rooms");
  const { pane } = useRoomAddress();
  return (
    <section
      aria-labelledby="room-chat"
      className={cx(
        "flex min-h-0 min-w-0 flex-col border-line max-md:flex-1 md:border-l",
        pane !== "chat" && "max-lg:hidden",
      )}
    >
      <div className="flex min-h-11 shrink-0 items-center justify-between gap-2 border-line border-b px-4">
        <h2 id="room-chat" className="font-semibold">
          {t("chat.title")}
        </h2>
        <span className="num text-12 text-muted">{t("here", { count: room.participants })}</span>
      </div>
      <TimelineView store={store} room={room} {...slots} />
      <ChatComposer store={store} room={room} />
      {room.status === "closed" ? null : (
        <VoiceDock {...read} slot={slot} place="browser" aside={speakerAside} look="column" />
      )}
    </section>
  );
}

/** Narrow screens: the way to the ticket. */
function TradeBar({ room }: Pick<ReadRoom, "room">) {
  const t = useTranslations("rooms.ticket");
  const { pane, setAddress } = useRoomAddress();
  if (pane === "trade" || pane === "chat" || room.status !== "open") return null;
  const open = (side: "buy" | "sell") => () => void setAddress({ pane: "trade", side }, { history: "push" });
  return (
    <div className="grid shrink-0 grid-cols-2 gap-2 border-line border-t px-4 py-2 md:hidden">
      <button type="button" onClick={open("buy")} className={sideClass("buy")}>
        {t("buy")}
      </button>
      <Button size="touch" onClick={open("sell")} className="font-semibold">
        {t("sell")}
      </Button>
    </div>
  );
}

function OpenRoom(read: ReadRoom) {
  const { pane, setAddress } = useRoomAddress();
  const slot = useVoiceSlot(read.store);
  const openVoice = () => void setAddress({ pane: "chat" });
  return (
    <div data-covers-tabs={pane === "trade" || pane === "chat"} className="flex min-h-0 flex-1 flex-col">
      <RoomHeader {...read} />
      <OfflineBanner of="room" />
      <PaneTabs room={read.room} />
      <div className="flex min-h-0 flex-1 flex-col md:grid md:grid-cols-[minmax(0,1fr)_320px] md:grid-rows-[minmax(0,1fr)] lg:grid-cols-[minmax(0,1fr)_288px_320px]">
        <Market {...read} />
        <Trading {...read} />
        <Chat {...read} slot={slot} />
      </div>
      {pane === "chat" || read.room.status === "closed" ? null : (
        <VoiceBar {...read} slot={slot} onOpen={openVoice} isForJoined className="lg:hidden" />
      )}
      <TradeBar room={read.room} />
    </div>
  );
}

function Room() {
  const { id: roomId } = useParams<{ id: string }>();
  const port = useDeskPort();
  const store = useRoomStore({ port, roomId, isStaff: true });
  return store ? <Read store={store} port={port} /> : <RoomSkeleton />;
}

function Read({ store, port }: Omit<ReadRoom, "room">) {
  const room = useStore(store.state, (state) => state.room);
  const failure = useStore(store.state, (state) => state.failure);
  if (room) return <OpenRoom store={store} port={port} room={room} />;
  return failure ? <RoomFailed failure={failure} onRetry={store.reload} /> : <RoomSkeleton />;
}

/** A room: market, ticket and talk. */
export const RoomPage = allowed("trading:read", Room);
