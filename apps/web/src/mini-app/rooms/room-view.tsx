import type { Resolution } from "@pult/api/trading/resolutions.ts";
import type { RoomState } from "@pult/api/trading/schema.ts";
import { ArrowLeft, ChevronRight } from "lucide-react";
import { useFormatter, useTranslations } from "next-intl";
import { type ReactNode, useCallback, useEffect, useMemo, useState } from "react";
import { useStore } from "zustand";
import { changeBps } from "../../features/trading/amounts.ts";
import { type ChartView, RoomChart } from "../../features/trading/chart/chart-view.tsx";
import { progressBps, reserveOf, START_PRICE } from "../../features/trading/curve.ts";
import { ChatComposer } from "../../features/trading/room/chat-composer.tsx";
import { DepthView } from "../../features/trading/room/depth-view.tsx";
import { useJoin } from "../../features/trading/room/join-card.tsx";
import { ProgressBar, StatusChip } from "../../features/trading/room/progress.tsx";
import { Tape } from "../../features/trading/room/tape.tsx";
import { TimelineView } from "../../features/trading/room/timeline-view.tsx";
import { type ReadRoom, useRoomStore } from "../../features/trading/room/use-room-store.ts";
import type { RoomStore, TradingPort } from "../../features/trading/room-store.ts";
import { Finale } from "../../features/trading/standings/finale.tsx";
import { PositionView } from "../../features/trading/standings/position-view.tsx";
import { Standings } from "../../features/trading/standings/standings.tsx";
import { TicketForm } from "../../features/trading/ticket/ticket-form.tsx";
import { type Side, useTicket } from "../../features/trading/ticket/use-ticket.ts";
import { toneOf, useTradingText } from "../../features/trading/use-trading-text.ts";
import { VoiceBar, VoiceDock } from "../../features/trading/voice/lazy-dock.ts";
import { useVoiceSlot, type VoiceSlot } from "../../features/trading/voice/voice-slot.ts";
import { Chip } from "../../ui/chip.tsx";
import { cx } from "../../ui/cx.ts";
import { Icon } from "../../ui/icon.tsx";
import { Section } from "../live/parts.tsx";
import type { TelegramClient } from "../telegram/client.ts";
import { ActionButton } from "./action-button.tsx";
import { RoomFailed, RoomLoading } from "./room-notices.tsx";

const SPANS: readonly Resolution[] = ["1s", "1m", "5m", "1h", "1d"];

type Page = "trade" | "chat" | "market" | "voice";

type RoomViewProps = {
  port: TradingPort;
  telegram: TelegramClient;
  roomId: string;
  isShown: boolean;
  isOffline: boolean;
  onClose: () => void;
  onDirty: (isDirty: boolean) => void;
};

/** One room: price and ticket, its talk, its market. Telegram's back button leads out of each. */
export function RoomView({ port, roomId, ...props }: RoomViewProps) {
  const store = useRoomStore({ port, roomId, isStaff: false });
  return store ? <Read store={store} port={port} {...props} /> : <RoomLoading />;
}

type ReadProps = Omit<RoomViewProps, "roomId"> & { store: RoomStore };

function Read(props: ReadProps) {
  const { store, port, telegram, isShown, onClose, onDirty } = props;
  const [page, setPage] = useState<Page>("trade");
  const room = useStore(store.state, (state) => state.room);
  const failure = useStore(store.state, (state) => state.failure);
  const hasOutgoing = useStore(store.sendQueue.items, (items) => items.length > 0);
  useEffect(() => onDirty(hasOutgoing), [hasOutgoing, onDirty]);
  useEffect(() => () => onDirty(false), [onDirty]);
  const slot = useVoiceSlot(store);
  const openVoice = useCallback(() => setPage("voice"), []);
  const back = useCallback(() => (page === "trade" ? onClose() : setPage("trade")), [page, onClose]);
  useEffect(() => (isShown ? telegram.onBack(back) : undefined), [telegram, isShown, back]);
  if (!room && failure) return <RoomFailed failure={failure} onRetry={store.reload} onClose={onClose} />;
  if (!room) return <RoomLoading />;
  const canTalk = room.me?.isMember === true && room.status !== "closed";
  const voice = canTalk ? <Voice {...props} room={room} slot={slot} onOpen={openVoice} /> : null;
  const read = { ...props, room, voice };
  return (
    <>
      <RoomHead room={room} onBack={telegram.hasButtons ? null : back} />
      {page === "chat" ? <Talk {...read} /> : null}
      {page === "market" ? <Market {...read} /> : null}
      {page === "voice" && canTalk ? (
        <main className="flex min-h-0 flex-1 flex-col bg-surface">
          <VoiceDock
            {...{ store, port, room, slot }}
            place={telegram.hasButtons ? "telegram" : "browser"}
            look="page"
          />
        </main>
      ) : null}
      {page === "trade" || (page === "voice" && !canTalk) ? <Trade {...read} onPage={setPage} /> : null}
    </>
  );
}

/** Name and price stay in sight on every page of the room. */
function RoomHead({ room, onBack }: { room: RoomState; onBack: (() => void) | null }) {
  const t = useTranslations("rooms");
  const text = useTradingText();
  const change = changeBps(START_PRICE, room.price);
  return (
    <header className="shrink-0 border-line border-b bg-surface-2 px-4 py-2">
      <div className="flex items-center gap-2">
        {onBack ? (
          <button
            type="button"
            aria-label={t("all")}
            onClick={onBack}
            className="-ml-3 grid size-11 place-items-center"
          >
            <Icon of={ArrowLeft} size={20} />
          </button>
        ) : null}
        <h1 dir="auto" className="min-w-0 flex-1 truncate font-semibold">
          {room.name}
        </h1>
        {room.status === "open" ? <Chip>{t("virtual")}</Chip> : <StatusChip status={room.status} />}
      </div>
      <p className="flex items-baseline gap-2">
        <span className="num font-semibold text-20">{text.price(room.price)}</span>
        <span className="text-muted">{t("lamportsUnit")}</span>
        <span className={cx("num font-medium", toneOf(change))}>{text.change(change)}</span>
      </p>
    </header>
  );
}

type PageProps = ReadProps & ReadRoom & { voice: ReactNode };

/** One line of the room's voice, which leads to its page. */
function Voice({
  store,
  port,
  room,
  telegram,
  ...rest
}: ReadProps & ReadRoom & { slot: VoiceSlot; onOpen: () => void }) {
  const listeners = useMemo(
    () => ({
      onTap: () => telegram.haptic("tap"),
      onTraded: () => telegram.haptic("success"),
      onRefused: () => telegram.haptic("error"),
    }),
    [telegram],
  );
  return <VoiceBar {...{ store, port, room, listeners }} slot={rest.slot} onOpen={rest.onOpen} />;
}

function Progress({ room }: { room: RoomState }) {
  const t = useTranslations("rooms");
  const text = useTradingText();
  const bps = progressBps(room.reserves);
  return (
    <div className="px-4 py-2">
      <p className="num mb-1 flex justify-between text-13/4 text-fg-2">
        <span>{t("list.sold", { share: text.share(bps) })}</span>
        <span>
          {t("reserve")} {text.sol(reserveOf(room.reserves))}
        </span>
      </p>
      <ProgressBar bps={bps} />
    </div>
  );
}

type LinkRowProps = { name: string; note?: string; onOpen: () => void };

function LinkRow({ name, note, onOpen }: LinkRowProps) {
  return (
    <button
      type="button"
      onClick={onOpen}
      className="flex min-h-11 w-full items-center gap-2 border-line border-t px-4 text-left first:border-t-0 active:bg-surface-3"
    >
      <span className="flex-1">{name}</span>
      <span className="num text-muted">{note}</span>
      <Icon of={ChevronRight} className="text-muted" />
    </button>
  );
}

const Group = ({ children }: { children: ReactNode }) => (
  <div className="px-3 pt-3">
    <div className="overflow-hidden rounded-4 bg-surface-2">{children}</div>
  </div>
);

type TradeProps = PageProps & { onPage: (page: Page) => void };

/** The room's first page: chart, what can be done, and the way to the rest. */
function Trade(props: TradeProps) {
  const { room, voice } = props;
  if (room.status !== "open") {
    return (
      <>
        <Body {...props}>
          <Group>
            <Finale {...props} />
          </Group>
        </Body>
        {voice}
      </>
    );
  }
  return room.me?.isMember ? <MemberTrade {...props} /> : <GuestTrade {...props} />;
}

function Body({ onPage, children, ...read }: TradeProps & { children: ReactNode }) {
  const t = useTranslations("rooms");
  const format = useFormatter();
  const [view, setView] = useState<ChartView | null>(null);
  return (
    <main className="scroll-pane min-h-0 flex-1 pb-4 *:mx-auto *:max-w-[720px]">
      <RoomChart
        {...{ read, view }}
        spans={SPANS}
        onView={setView}
        className={cx("bg-surface", read.room.status === "open" ? "h-60" : "h-80")}
      />
      <Progress room={read.room} />
      {children}
      <Group>
        <LinkRow name={t("pane.market")} onOpen={() => onPage("market")} />
        {read.room.me?.isMember ? (
          <LinkRow name={t("chat.title")} note={format.number(read.room.members)} onOpen={() => onPage("chat")} />
        ) : null}
      </Group>
    </main>
  );
}

function MemberTrade(props: TradeProps) {
  const { store, port, room, telegram, isShown, isOffline } = props;
  const [side, onSide] = useState<Side>("buy");
  const ticket = useTicket({
    ...{ store, port, room, side, onSide, isOffline },
    isShown,
    onTraded: () => telegram.haptic("success"),
    onRefused: () => telegram.haptic("error"),
  });
  return (
    <>
      <Body {...props}>
        <section aria-label={room.name} className="flex flex-col gap-3 bg-surface px-4 py-3">
          <TicketForm ticket={ticket} isShort />
        </section>
        <Group>
          <PositionView {...props} />
        </Group>
      </Body>
      {props.voice}
      <ActionButton telegram={telegram} isShown={isShown} {...ticket.action} />
    </>
  );
}

function GuestTrade(props: TradeProps) {
  const { store, room, telegram, isShown, isOffline } = props;
  const t = useTranslations("rooms");
  const { isJoining, refusal, join } = useJoin({ store });
  const isRemoved = room.me?.isRemoved === true;
  const standing = isRemoved ? "removed" : room.me ? "back" : "new";
  return (
    <>
      <Body {...props}>
        <Group>
          <div className="px-4 py-3">
            <p className="font-semibold">{t(`join.title.${standing}`)}</p>
            <p className="mt-0.5 text-fg-2">{t(`join.hint.${standing}`)}</p>
          </div>
        </Group>
      </Body>
      {isRemoved ? null : (
        <ActionButton
          {...{ telegram, isShown }}
          why={isOffline ? t("why.offline") : refusal}
          label={t("join.join")}
          isDisabled={isOffline || isJoining}
          isBusy={isJoining}
          run={join}
        />
      )}
    </>
  );
}

function Talk({ store, room, telegram, voice }: PageProps) {
  return (
    <main className="flex min-h-0 flex-1 flex-col bg-surface">
      <TimelineView store={store} room={room} />
      <ChatComposer store={store} room={room} onSend={() => telegram.haptic("tap")} />
      {voice}
    </main>
  );
}

function Market({ voice, ...read }: PageProps) {
  const t = useTranslations("rooms");
  return (
    <>
      <main className="scroll-pane min-h-0 flex-1 pb-4 *:mx-auto *:max-w-[720px]">
        <Group>
          <Standings {...read} />
        </Group>
        {read.room.status === "open" ? (
          <Section title={t("depth.title")}>
            <div className="flex h-56 flex-col pt-3">
              <DepthView {...read} />
            </div>
          </Section>
        ) : null}
        <Section title={t("tape.title")}>
          <Tape room={read.room} />
        </Section>
      </main>
      {voice}
    </>
  );
}
