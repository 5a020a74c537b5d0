import { useInfiniteQuery } from "@tanstack/react-query";
import { CalendarCheck } from "lucide-react";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { useTRPCClient } from "../../../trpc/provider.tsx";
import { Avatar } from "../../../ui/avatar.tsx";
import { EmptyState } from "../../../ui/empty-state.tsx";
import { LoadMore } from "../../../ui/load-more.tsx";
import { SectionState } from "../../settings/section.tsx";
import { recordHref } from "../contacts-href.ts";
import { COUNTS_KEY } from "../data/keys.ts";

const PAGE_SIZE = 50;

/** Contacts to write to again. */
export function useFollowUps(isWanted = true) {
  const client = useTRPCClient();
  return useInfiniteQuery({
    queryKey: [...COUNTS_KEY, "followUps"],
    enabled: isWanted,
    queryFn: ({ pageParam, signal }) =>
      client.chats.followUps.list.query(
        { limit: PAGE_SIZE, ...(pageParam === null ? {} : { offsetId: pageParam }) },
        { signal },
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextOffsetId,
  });
}

/** Contacts without a message for longer than their tags or the default say. */
export function FollowUpList() {
  const t = useTranslations("contacts.followUps");
  const time = useTimeText();
  const list = useFollowUps();
  if (!list.data) return <SectionState error={list.error} onRetry={() => list.refetch()} />;
  const items = list.data.pages.flatMap((page) => page.items);
  if (items.length === 0) return <EmptyState icon={CalendarCheck} title={t("none")} hint={t("noneHint")} />;
  return (
    <div className="scroll-pane min-h-0 min-w-0 flex-1">
      <ul>
        {items.map(({ contact, lastContactAt, rule, unansweredCount }) => (
          <li
            key={contact.id}
            className="relative flex min-h-12 items-center gap-3 border-line border-b px-4 py-1.5 hover:bg-surface-2"
          >
            <Avatar name={contact.name} size={28} />
            <span className="min-w-0 flex-1">
              <Link
                href={recordHref("contact", contact.id)}
                prefetch={false}
                dir="auto"
                className="block truncate font-medium after:absolute after:inset-0"
              >
                {contact.name}
              </Link>
              <span className="num block truncate text-12 text-muted">
                {[
                  rule.tag ? t("byTag", { days: rule.days, tag: rule.tag.name }) : t("byDefault", { days: rule.days }),
                  unansweredCount > 0 ? t("unanswered", { count: unansweredCount }) : null,
                  contact.ownerName,
                ]
                  .filter(Boolean)
                  .join(" · ")}
              </span>
            </span>
            <time dateTime={lastContactAt} title={time.full(lastContactAt)} className="num shrink-0 text-12 text-muted">
              {time.short(lastContactAt)}
            </time>
          </li>
        ))}
      </ul>
      {list.hasNextPage ? <LoadMore list={list} more={t("more")} end="" /> : null}
    </div>
  );
}
