import type { Broadcast, BroadcastTarget } from "@pult/api/notifications/broadcasts/schema.ts";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useFormatter, useTranslations } from "next-intl";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { useTRPCClient } from "../../../trpc/provider.tsx";
import { Button } from "../../../ui/button.tsx";
import { cx } from "../../../ui/cx.ts";
import { useReasonText } from "../../notices/reason-text.ts";
import { rowsOf } from "../pages.ts";

/** What went wrong, in the reader's language where Pult knows it; else in Telegram's words. */
export function Reason({ target, className }: { target: BroadcastTarget; className?: string }) {
  const t = useTranslations("live.broadcast.problem");
  const reasonText = useReasonText();
  const { reason, problem, chatId } = target;
  if (reason === null) return null;
  // Groups have negative ids.
  const known = problem === "chatGone" && chatId > 0 ? "customerGone" : problem;
  return (
    <span title={known ? reason : undefined} className={cx("text-12 text-muted", className)}>
      {known ? t(known) : reasonText({ reason }, "telegram")}
    </span>
  );
}

type Failure = "failed" | "unknown";
const PAGE = 20;
/** How soon they are read again while the broadcast goes on. */
const FRESH_MS = 5_000;

function useFailures({ id, counts }: Broadcast, state: Failure) {
  const client = useTRPCClient();
  const isOpen = counts.pending > 0;
  return useInfiniteQuery({
    queryKey: ["live", "broadcastFailures", id, state, isOpen],
    queryFn: async ({ pageParam: before, signal }) => {
      const input = { id, state, limit: PAGE, ...(before === null ? {} : { before }) };
      const { targets, nextBefore } = await client.notifications.broadcasts.targets.query(input, { signal });
      return { rows: targets, nextBefore };
    },
    initialPageParam: null as number | null,
    getNextPageParam: (page) => page.nextBefore,
    refetchInterval: isOpen ? FRESH_MS : false,
  });
}

function Failures({ broadcast, state }: { broadcast: Broadcast; state: Failure }) {
  const t = useTranslations("live.broadcast");
  const wait = useTranslations("common");
  const format = useFormatter();
  const time = useTimeText();
  const list = useFailures(broadcast, state);
  const title = t(`count.${state}`);
  return (
    <section aria-label={title} className="pt-2 pb-1">
      <h3 className="num text-12 font-medium text-muted">
        {title} · {format.number(broadcast.counts[state])}
      </h3>
      <ul>
        {rowsOf(list.data).map((target) => (
          <li
            key={target.id}
            className="grid grid-cols-[minmax(0,1fr)_auto] gap-x-3 border-line border-b py-1.5 last:border-0 @2xl:grid-cols-[168px_minmax(0,1fr)_auto]"
          >
            <span className="num truncate">
              {target.chatId === 0 ? "—" : t("customerId", { id: String(target.chatId) })}
            </span>
            <Reason target={target} className="@max-2xl:col-span-2 @max-2xl:row-start-2" />
            {target.finishedAt ? (
              <time
                dateTime={target.finishedAt}
                title={time.full(target.finishedAt)}
                className="num text-12 text-muted @max-2xl:col-start-2 @max-2xl:row-start-1"
              >
                {time.moment(target.finishedAt)}
              </time>
            ) : null}
          </li>
        ))}
      </ul>
      {list.isError || list.hasNextPage ? (
        <Button size="sm" className="mt-1" aria-disabled={list.isFetching} onClick={() => list.fetchNextPage()}>
          {list.isFetching ? wait("loading") : list.isError ? wait("tryAgain") : t("more")}
        </Button>
      ) : null}
    </section>
  );
}

/** Customers whom a broadcast has not reached, or may not have, and why. */
export function RecipientFailures({ broadcast }: { broadcast: Broadcast }) {
  if (broadcast.recipients !== "customers") return null;
  return (["failed", "unknown"] as const)
    .filter((state) => broadcast.counts[state] > 0)
    .map((state) => <Failures key={state} broadcast={broadcast} state={state} />);
}
