import { createLightClient } from "@pult/api/light-client.ts";
import { Headset, RefreshCw, ShieldAlert, WifiOff } from "lucide-react";
import { useFormatter, useTranslations } from "next-intl";
import { Activity, type ReactNode, useCallback, useEffect, useState } from "react";
import { useStore } from "zustand";
import { openStorage } from "../features/thread/photo-queue.ts";
import { useClock } from "../i18n/use-time-text.ts";
import { Banner } from "../ui/banner.tsx";
import { Icon } from "../ui/icon.tsx";
import { lazyModule } from "../ui/lazy.tsx";
import { TypingDots } from "../ui/marks.tsx";
import { type ChatSnapshot, CustomerChat, type CustomerChatPorts, countUnread } from "./chat.ts";
import { ChatLoading } from "./notices.tsx";
import { useSignOut } from "./sign-out.tsx";
import { SupportTab } from "./support-tab.tsx";
import { type Tab, TabBar } from "./tabs.tsx";
import type { TelegramClient } from "./telegram/client.ts";
import type { Launch } from "./telegram/launch.ts";
import { destinationOf } from "./telegram/launch.ts";
import { TelegramSession } from "./telegram/session.ts";
import { useTabs } from "./use-tabs.ts";

/** The client of the conversation, at the server that the page came from. It opens no socket before something is followed. */
const createClient = (getToken: () => string | null = () => null) =>
  // A person waits: shorter than the default of 30 s.
  createLightClient({ url: location.origin, token: getToken, retryCapMs: 8_000 });

/** Of a customer who signed in with Telegram in a browser. */
type BrowserVisit = {
  token: string;
  startParam: string | null;
};

/** After this long, a refusal of Telegram's proof means that it is too old rather than wrong. */
const PROOF_OLD_MS = 5 * 60_000;

/** How a visit becomes a session: by what Telegram has signed, or by asking the server whether the one at hand still holds. */
function signInOf(visit: Launch | BrowserVisit): Pick<CustomerChatPorts, "session" | "isProofOld"> {
  if ("initData" in visit) {
    const { initData, signedAt } = visit;
    const { api } = createClient();
    return {
      session: new TelegramSession(() => api.auth.miniApp.mutate({ initData })),
      isProofOld: () => Date.now() - signedAt > PROOF_OLD_MS,
    };
  }
  const { token } = visit;
  const { api } = createClient(() => token);
  return {
    session: new TelegramSession(async () => {
      const { id } = await api.auth.me.query();
      return { token, expiresAt: null, user: { id } };
    }),
    isProofOld: () => true,
  };
}

/** What is known of the other side, most urgent first. */
function useStatusLine({ typing, connection, connectionSince, thread, workspace }: ChatSnapshot): string {
  const t = useTranslations("miniApp");
  const format = useFormatter();
  const clock = useClock();
  if (typing) return t("typing", { name: typing });
  if (connection === "offline") return t("noConnectionSince", { time: clock(connectionSince) });
  const answer = thread?.messages.findLast((message) => message.kind === "agent");
  if (answer) {
    const at = new Date(answer.createdAt);
    const isToday = at.toDateString() === new Date().toDateString();
    const when = isToday ? clock(at) : format.dateTime(at, { day: "numeric", month: "short" });
    return t("lastAnswer", { name: answer.author.name, when });
  }
  return workspace ?? "\u00a0";
}

/** @param children what can be done beside writing */
function CustomerHeader({ chat, children }: { chat: ChatSnapshot; children?: ReactNode }) {
  const t = useTranslations("miniApp");
  const line = useStatusLine(chat);
  return (
    <header className="flex min-h-[52px] shrink-0 items-center gap-2.5 border-line border-b bg-surface-2 px-4 py-2">
      <span aria-hidden className="grid size-8 shrink-0 place-items-center rounded-full bg-surface-4 text-fg-2">
        <Icon of={Headset} />
      </span>
      <div className="min-w-0 flex-1">
        <h1 className="font-semibold text-[0.9375rem]/[18px]">{t("support")}</h1>
        <p className="flex items-center gap-1.5 text-13/[18px]">
          {chat.typing ? (
            <span className="text-accent-text">
              <TypingDots />
            </span>
          ) : null}
          <span className={chat.typing ? "truncate text-accent-text" : "truncate text-muted"} title={line}>
            {line}
          </span>
        </p>
      </div>
      {children}
    </header>
  );
}

const PATIENCE_MS = 900;

/** Whether something has lasted long enough to be mentioned: a blink is not news. */
function useLasting(key: string, isOn: boolean): boolean {
  const [lasting, setLasting] = useState<string | null>(null);
  useEffect(() => {
    if (!isOn) return setLasting(null);
    const timer = setTimeout(() => setLasting(key), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [key, isOn]);
  return isOn && lasting === key;
}

type CustomerBannersProps = { chat: ChatSnapshot; tab: Tab; onClose: () => void };

/** What the whole page has to know: no connection, catching up, or that the session is over. */
function CustomerBanners({ chat, tab, onClose }: CustomerBannersProps) {
  const t = useTranslations("miniApp");
  const tRooms = useTranslations("rooms");
  const clock = useClock();
  const { connection, connectionSince, refusal } = chat;
  const isOffline = useLasting("offline", connection === "offline");
  const isCatchingUp = useLasting("catchingUp", connection === "catchingUp");
  if (refusal) {
    return (
      <Banner
        tone="danger"
        icon={ShieldAlert}
        action={
          <button type="button" className="min-h-11 px-2 font-medium" onClick={onClose}>
            {t("close")}
          </button>
        }
      >
        {t("sessionOver")}
      </Banner>
    );
  }
  if (isOffline) {
    const time = clock(connectionSince);
    const text =
      tab === "rooms" || tab === "me"
        ? tRooms("offlineSince", { time })
        : t(tab === "live" ? "live.offline" : "offlineBanner", { time });
    return (
      <Banner tone="warning" icon={WifiOff}>
        {text}
      </Banner>
    );
  }
  return isCatchingUp ? <Banner icon={RefreshCw}>{t("catchingUp")}</Banner> : null;
}

type Visit = Launch | BrowserVisit;

function createChat(visit: Visit, telegram: TelegramClient): CustomerChat {
  const { session, isProofOld } = signInOf(visit);
  return new CustomerChat({
    session,
    client: createClient(session.token),
    openStorage,
    userId: "initData" in visit ? visit.userId : null,
    isProofOld,
    onSent: (wasWaiting) => wasWaiting && telegram.haptic("success"),
    onFailed: () => telegram.haptic("error"),
  });
}

type CustomerPageProps = {
  visit: Visit;
  telegram: TelegramClient;
  /** Shows what to do about a session that is over; else the page says so itself. */
  onRefused?: () => void;
  /** Where one can sign out. */
  onSignOut?: () => void;
};

export function CustomerPage({ visit, telegram, ...ways }: CustomerPageProps) {
  const [chat, setChat] = useState<CustomerChat | null>(null);
  useEffect(() => {
    const created = createChat(visit, telegram);
    setChat(created);
    return created.start();
  }, [visit, telegram]);
  return chat ? <CustomerConversation chat={chat} visit={visit} telegram={telegram} {...ways} /> : null;
}

/** Whether something was not sent; while it is so, Telegram or the browser asks before it closes the page. */
function useUnsent(chat: CustomerChat, telegram: TelegramClient) {
  const [isDirty, setDirty] = useState(false);
  const hasOutgoing = useStore(chat.sendQueue.items, (items) => items.length > 0);
  const [isRoomDirty, setRoomDirty] = useState(false);
  const isUnsent = isDirty || hasOutgoing || isRoomDirty;
  useEffect(() => telegram.setClosingConfirmation(isUnsent), [telegram, isUnsent]);
  return {
    isUnsent,
    onDirty: useCallback((dirty: boolean) => setDirty(dirty), []),
    onRoomDirty: useCallback((dirty: boolean) => setRoomDirty(dirty), []),
  };
}

// Beside the conversation, once that is there: what is live is heard of on every tab.
const LiveTab = lazyModule(() => import("./live/live-tab.tsx")).part((module) => module.LiveTab, {
  whileLoading: ({ isShown }) => (isShown ? <ChatLoading /> : null),
  // It was not asked for.
  isSilent: true,
});

// Fetched when it is first looked at: charts are heavy.
const RoomsTab = lazyModule(() => import("./rooms/rooms-tab.tsx")).part((module) => module.RoomsTab, {
  whileLoading: ({ isShown }) => (isShown ? <ChatLoading /> : null),
});

const MeTab = lazyModule(() => import("./me/me-tab.tsx")).part((module) => module.MeTab, {
  whileLoading: ({ isShown }) => (isShown ? <ChatLoading /> : null),
});

function CustomerConversation({ chat, visit, telegram, ...ways }: CustomerPageProps & { chat: CustomerChat }) {
  const snapshot = useStore(chat.state);
  const destination = destinationOf(visit.startParam);
  const { tab, setTab, opened } = useTabs(destination.tab);
  const [roomId, setRoomId] = useState(destination.tab === "rooms" ? destination.roomId : null);
  const [isCovered, setCovered] = useState(false);
  const { isUnsent, onDirty, onRoomDirty } = useUnsent(chat, telegram);
  const { thread, refusal, userId } = snapshot;
  const signOut = useSignOut({ chat, userId, isUnsent, onSignOut: ways.onSignOut });
  const { onRefused } = ways;
  useEffect(() => {
    if (refusal) onRefused?.();
  }, [refusal, onRefused]);
  if (refusal && onRefused) return <ChatLoading />;
  // Not let in at all: why stands in the place of every tab.
  const isStuck = refusal !== null && !thread;
  return (
    <div className="group flex min-h-0 flex-1 flex-col">
      {tab === "support" ? <CustomerHeader chat={snapshot}>{signOut.button}</CustomerHeader> : null}
      {signOut.question}
      {thread || !refusal ? <CustomerBanners chat={snapshot} tab={tab} onClose={telegram.close} /> : null}
      <Activity mode={tab === "support" || isStuck ? "visible" : "hidden"}>
        <SupportTab
          {...{ chat, snapshot, telegram, onDirty }}
          messageId={destination.tab === "support" ? destination.messageId : null}
          knownId={"initData" in visit ? visit.userId : null}
        />
      </Activity>
      {opened.includes("live") ? (
        <LiveTab
          chat={chat}
          telegram={telegram}
          isShown={tab === "live"}
          alertId={destination.tab === "live" ? destination.alertId : null}
          onSupport={() => setTab("support")}
        />
      ) : null}
      {opened.includes("rooms") && !isStuck ? (
        <RoomsTab
          chat={chat}
          telegram={telegram}
          isShown={tab === "rooms"}
          roomId={roomId}
          onOpen={setRoomId}
          onCover={setCovered}
          onDirty={onRoomDirty}
        />
      ) : null}
      {opened.includes("me") && !isStuck ? (
        <MeTab
          chat={chat}
          telegram={telegram}
          isShown={tab === "me"}
          onOpenRoom={(id) => {
            setRoomId(id);
            setTab("rooms");
          }}
          onSupport={() => setTab("support")}
        />
      ) : null}
      {refusal || isCovered ? null : <TabBar tab={tab} unread={thread ? countUnread(thread) : 0} onChoose={setTab} />}
    </div>
  );
}
