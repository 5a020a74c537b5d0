import type { Notice, NoticeEvent, NoticesPage } from "@pult/api/notices/schema.ts";
import { useQueryClient } from "@tanstack/react-query";
import { usePathname, useRouter, useSearchParams } from "next/navigation";
import { useLocale, useTranslations } from "next-intl";
import { useEffect, useRef, useState } from "react";
import { useStore } from "zustand";
import type { WebClient } from "../../trpc/client.ts";
import { followPersistently } from "../../trpc/follow.ts";
import { useTRPCClient } from "../../trpc/provider.tsx";
import { readAgain, readUnfinishedAgain } from "../../trpc/read-again.ts";
import { showToast } from "../../ui/toast-manager.ts";
import { useAttention } from "../../ui/use-browser.ts";
import { beforeSignOut } from "../auth/leave.ts";
import { noticeCounts } from "./bell-state.ts";
import { useBrowserPush } from "./browser-push.ts";
import { isLookedAt, leadChimes, lookAt, playChime } from "./chime.ts";
import { iconOf } from "./kinds.ts";
import { belongsTo, hearCounts, NOTICES_KEY, putNotices } from "./notices-cache.ts";
import { conversationTarget, hrefOf } from "./targets.ts";
import { usePreferences } from "./use-preferences.ts";

/** Follows the list for as long as the dashboard is open. @param onNew what happened since, the oldest first */
function useNoticeLog(onNew: (notices: Notice[]) => void): void {
  const client = useTRPCClient();
  const queryClient = useQueryClient();
  const locale = useLocale();
  const handler = useRef(onNew);
  handler.current = onNew;
  useEffect(() => {
    const { inbox, onInbox } = client.notifications;
    /** When the newest of what is known happened; null until the list was read once. */
    let newestAt: number | null = null;
    const read = async () => {
      const { notices, counts } = await inbox.list.query({ state: "open", limit: 1, locale });
      newestAt = Math.max(newestAt ?? 0, ...notices.map(({ at }) => Date.parse(at)));
      hearCounts(counts);
    };
    const readAll = () => {
      // What fails is read again with the next position; until then there is no counter rather than a wrong one.
      read().catch(() => {});
      void readAgain(queryClient, NOTICES_KEY);
    };
    return followPersistently<NoticeEvent, NoticesPage>(
      (input, handlers) => onInbox.subscribe({ ...input, locale }, handlers),
      {
        onEvent({ notices, unread }, position) {
          putNotices(queryClient, notices);
          hearCounts({ unread, position });
          readUnfinishedAgain(queryClient, NOTICES_KEY);
          const since = newestAt;
          // Not read yet: which of these are new cannot be told, which of the next ones can.
          newestAt = Math.max(since ?? 0, ...notices.map(({ at }) => Date.parse(at)));
          if (since === null) return;
          const fresh = notices.filter((one) => Date.parse(one.at) > since && belongsTo("unread", one, Date.now()));
          if (fresh.length > 0) handler.current(fresh.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at)));
        },
        onPosition: readAll,
        onRefused: () => noticeCounts.setState(null, true),
      },
    );
  }, [client, queryClient, locale]);
}

async function readThoseAbout({ notifications: { inbox } }: WebClient, target: string): Promise<void> {
  const { notices } = await inbox.list.query({ state: "unread", limit: 100 });
  const ids = notices.filter((notice) => notice.target === target).map(({ id }) => id);
  if (ids.length > 0) await inbox.markRead.mutate({ ids });
}

/** What the agent has before their eyes in this window, such as the open conversation; null while they are elsewhere. What tells of it is read. */
function useLookedAt(): string | null {
  const client = useTRPCClient();
  const isKnown = useStore(noticeCounts, (counts) => counts !== null);
  const hasAttention = useAttention();
  const pathname = usePathname();
  const conversation = useSearchParams().get("c");
  const target = pathname === "/inbox" && conversation ? conversationTarget(Number(conversation)) : pathname;
  const lookedAt = hasAttention ? target : null;
  useEffect(() => (lookedAt === null ? undefined : lookAt(lookedAt)), [lookedAt]);
  useEffect(() => {
    if (lookedAt === null || !isKnown || noticeCounts.getState()?.unread === 0) return;
    // A courtesy: what stays unread is read by a click in the list.
    void readThoseAbout(client, lookedAt).catch(() => {});
  }, [client, lookedAt, isKnown]);
  return lookedAt;
}

/** Makes a sound about what is not before the agent's eyes, where they want one. */
function useChime() {
  const wantsSound = usePreferences().data?.sound ?? false;
  useEffect(() => {
    if (!wantsSound) return;
    const gone = new AbortController();
    leadChimes(gone.signal);
    return () => gone.abort();
  }, [wantsSound]);
  return async (notices: readonly Notice[]): Promise<void> => {
    if (!wantsSound) return;
    const looked = await Promise.all(notices.map(({ target }) => isLookedAt(target)));
    if (looked.includes(false)) playChime();
  };
}

/** Browsers and push services drop a subscription without a word, and a tab may stay open for weeks. */
const KEEP_ALIVE_MS = 60 * 60_000;

/** Keeps the browser's subscription alive, lets a click on a notification lead here, and ends it with the session. */
function usePushLife(): void {
  const push = useBrowserPush();
  const router = useRouter();
  const hasAttention = useAttention();
  const keptAliveAt = useRef(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: looked at whenever the agent comes back to the tab
  useEffect(() => {
    if (Date.now() - keptAliveAt.current < KEEP_ALIVE_MS) return;
    keptAliveAt.current = Date.now();
    void push.keepAlive().catch(() => {});
  }, [push, hasAttention]);
  useEffect(() => beforeSignOut(() => push.leave()), [push]);
  useEffect(() => {
    if (!("serviceWorker" in navigator)) return;
    const hear = ({ data, ports }: MessageEvent) => {
      if (data?.type !== "open" || typeof data.path !== "string") return;
      ports[0]?.postMessage("opening");
      router.push(hrefOf(data.path));
    };
    navigator.serviceWorker.addEventListener("message", hear);
    return () => navigator.serviceWorker.removeEventListener("message", hear);
  }, [router]);
}

/** What works for the notices while no list of them is open. Shows nothing; new ones are read aloud. */
export function NoticeCenter() {
  const t = useTranslations("notices");
  const client = useTRPCClient();
  const router = useRouter();
  const chime = useChime();
  const lookedAt = useLookedAt();
  const [heard, setHeard] = useState("");
  usePushLife();
  useNoticeLog((notices) => {
    void chime(notices);
    const seen = notices.filter(({ target }) => target === lookedAt).map(({ id }) => id);
    if (seen.length > 0) client.notifications.inbox.markRead.mutate({ ids: seen }).catch(() => {});
    const newest = notices.at(-1);
    setHeard(newest ? `${newest.title}. ${newest.body}` : "");
    const critical = notices.findLast(({ severity }) => severity === "critical");
    if (!critical) return;
    showToast({
      id: "critical",
      tone: "warning",
      icon: iconOf(critical.kind),
      title: critical.title,
      description: critical.body,
      action: { label: t("open"), run: () => router.push(hrefOf(critical.target)) },
    });
  });
  return (
    <p role="status" className="sr-only">
      {heard}
    </p>
  );
}
