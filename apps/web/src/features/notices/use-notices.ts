import type { Notice } from "@pult/api/notices/schema.ts";
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { Archive, ArchiveRestore, CheckCheck, Clock3 } from "lucide-react";
import { useRouter } from "next/navigation";
import { useLocale, useTranslations } from "next-intl";
import { useTimeText } from "../../i18n/use-time-text.ts";
import type { WebClient } from "../../trpc/client.ts";
import { inOrder } from "../../trpc/in-order.ts";
import { useTRPC, useTRPCClient } from "../../trpc/provider.tsx";
import { readAgain } from "../../trpc/read-again.ts";
import { showToast } from "../../ui/toast-manager.ts";
import { showDone } from "../shell/undo.ts";
import { useFailureToast } from "../shell/use-failure-toast.ts";
import { openBell } from "./bell-state.ts";
import { hearCounts, NOTICES_KEY, type NoticeState, noticesKey, putNotices } from "./notices-cache.ts";
import { hrefOf } from "./targets.ts";

const PAGE_SIZE = 30;
/** What one call takes. */
const MAX_IDS = 200;

/** A list of notices, newest first, page by page. */
export function useNoticeList(state: NoticeState) {
  const client = useTRPCClient();
  const locale = useLocale();
  return useInfiniteQuery({
    queryKey: noticesKey(state),
    queryFn: async ({ pageParam, signal }) => {
      const input = { state, locale, limit: PAGE_SIZE, ...(pageParam === null ? {} : { before: pageParam }) };
      const { notices, nextBefore, counts } = await client.notifications.inbox.list.query(input, { signal });
      hearCounts(counts);
      return { rows: notices, nextBefore };
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextBefore,
  });
}

type Change = {
  before: readonly Notice[];
  fields: Partial<Notice>;
  call: () => Promise<unknown>;
  failed: (error: unknown) => void;
};

/** Shows a change at once, and takes it back when the server refuses. The counter follows the log alone. */
function useOptimisticNotices() {
  const queryClient = useQueryClient();
  return async ({ before, fields, call, failed }: Change): Promise<boolean> => {
    putNotices(
      queryClient,
      before.map((notice) => ({ ...notice, ...fields })),
    );
    try {
      await inOrder("notices", call);
      return true;
    } catch (error) {
      putNotices(queryClient, before);
      void readAgain(queryClient, NOTICES_KEY);
      failed(error);
      return false;
    }
  };
}

/** What is unread, as far as one call may name it. */
async function unreadNow({ notifications: { inbox } }: WebClient): Promise<{ unread: Notice[]; isAll: boolean }> {
  const first = await inbox.list.query({ state: "unread", limit: MAX_IDS / 2 });
  if (first.nextBefore === null) return { unread: first.notices, isAll: true };
  const second = await inbox.list.query({ state: "unread", limit: MAX_IDS / 2, before: first.nextBefore });
  return { unread: [...first.notices, ...second.notices], isAll: second.nextBefore === null };
}

/** Open, read, snooze, archive: at once, undoable, and honest when refused. */
export function useNoticeActions() {
  const t = useTranslations("notices");
  const tCommon = useTranslations("common");
  const time = useTimeText();
  const trpc = useTRPC();
  const client = useTRPCClient();
  const router = useRouter();
  const failed = useFailureToast();
  const change = useOptimisticNotices();
  const { inbox } = trpc.notifications;
  const read = useMutation(inbox.markRead.mutationOptions());
  const archiving = useMutation(inbox.archive.mutationOptions());
  const snoozing = useMutation(inbox.snooze.mutationOptions());
  const undoLabel = tCommon("undo");
  const now = () => new Date().toISOString();

  const putRead = (notices: readonly Notice[], isRead: boolean) =>
    change({
      before: notices,
      fields: { readAt: isRead ? now() : null },
      call: () => read.mutateAsync({ ids: notices.map(({ id }) => id), read: isRead }),
      failed: failed(t("failed.read")),
    });
  const putArchived = (notice: Notice, archived: boolean) =>
    change({
      before: [notice],
      // What comes back from the archive is read.
      fields: archived ? { archivedAt: now() } : { archivedAt: null, readAt: notice.readAt ?? now() },
      call: () => archiving.mutateAsync({ ids: [notice.id], archived }),
      failed: failed(t("failed.archive")),
    });
  const putSnoozed = (notice: Notice, until: string | null) =>
    change({
      before: [notice],
      fields: { snoozedUntil: until },
      call: () => snoozing.mutateAsync({ id: notice.id, until }),
      failed: failed(t("failed.snooze")),
    });

  /** Exactly those that are unread now, so that undo brings the same ones back. Of very many only the server knows which. */
  const markAllRead = async () => {
    const { unread, isAll } = await unreadNow(client);
    if (unread.length === 0) return;
    if (!isAll) {
      const done = await change({
        before: unread,
        fields: { readAt: now() },
        call: () => read.mutateAsync({ all: true, read: true }),
        failed: failed(t("failed.read")),
      });
      if (done) showToast({ icon: CheckCheck, title: t("done.everyRead") });
    } else if (await putRead(unread, true)) {
      const title = t("done.allRead", { count: unread.length });
      showDone({ icon: CheckCheck, title, undoLabel, undo: () => void putRead(unread, false) });
    }
  };

  return {
    open(notice: Notice) {
      openBell(false);
      if (notice.readAt === null) void putRead([notice], true);
      router.push(hrefOf(notice.target));
    },
    setRead: (notice: Notice, isRead: boolean) => putRead([notice], isRead),
    async setArchived(notice: Notice, archived: boolean) {
      if (!(await putArchived(notice, archived))) return;
      const [icon, title] = archived ? [Archive, t("done.archived")] : [ArchiveRestore, t("done.restored")];
      const undo = async () => {
        if ((await putArchived(notice, !archived)) && archived && notice.readAt === null)
          await putRead([notice], false);
      };
      showDone({ icon, title, undoLabel, undo: () => void undo() });
    },
    async snooze(notice: Notice, until: string | null) {
      if (!(await putSnoozed(notice, until))) return;
      const title = until === null ? t("done.woken") : t("done.snoozed", { time: time.moment(until) });
      showDone({ icon: Clock3, title, undoLabel, undo: () => void putSnoozed(notice, notice.snoozedUntil) });
    },
    markAllRead: () => void markAllRead().catch(failed(t("failed.read"))),
  };
}
export type NoticeActions = ReturnType<typeof useNoticeActions>;
