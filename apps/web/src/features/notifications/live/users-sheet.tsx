import type { MiniAppUser } from "@pult/api/notifications/toasts/schema.ts";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Users } from "lucide-react";
import { useTranslations } from "next-intl";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { useTRPC } from "../../../trpc/provider.tsx";
import { Avatar } from "../../../ui/avatar.tsx";
import { EmptyState } from "../../../ui/empty-state.tsx";
import { LoadMore } from "../../../ui/load-more.tsx";
import { Sheet } from "../../../ui/modal.tsx";
import { SectionState } from "../../settings/section.tsx";

/** The namespace of those who have only said which id is theirs. */
const UNPROVEN = "unproven";

type UsersSheetProps = { nameOf: (user: MiniAppUser) => string; onClose: () => void };

function User({ user, nameOf }: { user: MiniAppUser } & Pick<UsersSheetProps, "nameOf">) {
  const t = useTranslations("live.presence");
  const time = useTimeText();
  const { namespace, username, externalId, isOnline, since, lastSeenAt } = user;
  const name = nameOf(user);
  const id = username === null ? externalId : `@${username}`;
  const note = namespace === UNPROVEN ? t("unproven") : id;
  return (
    <li className="flex min-h-14 items-center gap-3 border-line border-b px-4 py-2">
      <Avatar name={name} size={32} online={isOnline} />
      <span className="min-w-0 flex-1">
        <span className="block truncate font-medium" title={name}>
          {name}
        </span>
        {note === name ? null : <span className="num block truncate text-12 text-muted">{note}</span>}
      </span>
      <span
        title={time.full(lastSeenAt ?? since)}
        className={isOnline ? "num shrink-0 text-12 text-success" : "num shrink-0 text-12 text-muted"}
      >
        {lastSeenAt === null
          ? t("since", { time: time.moment(since) })
          : t("lastSeen", { time: time.moment(lastSeenAt) })}
      </span>
    </li>
  );
}

/** Who is connected, and who was within a month. */
export function UsersSheet({ nameOf, onClose }: UsersSheetProps) {
  const t = useTranslations("live.presence");
  const trpc = useTRPC();
  const list = useInfiniteQuery(
    trpc.notifications.presence.list.infiniteQueryOptions(
      { limit: 50 },
      { getNextPageParam: ({ nextCursor }) => nextCursor },
    ),
  );
  const users = list.data?.pages.flatMap((page) => page.users) ?? [];
  const content = () => {
    if (!list.data) return <SectionState error={list.error} onRetry={() => list.refetch()} />;
    if (users.length === 0) return <EmptyState icon={Users} title={t("empty")} hint={t("emptyHint")} />;
    return (
      <>
        <ul aria-label={t("all")}>
          {users.map((user) => (
            <User key={`${user.namespace}:${user.externalId}`} user={user} nameOf={nameOf} />
          ))}
        </ul>
        <LoadMore list={list} more={t("more")} end={t("end")} />
      </>
    );
  };
  return (
    <Sheet title={t("title", { count: list.data?.pages[0]?.online ?? 0 })} onClose={onClose}>
      <div className="scroll-pane flex min-h-0 flex-1 flex-col">{content()}</div>
    </Sheet>
  );
}
