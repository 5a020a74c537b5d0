import type { SandboxUser } from "@pult/sandbox/control.ts";
import { Camera, Lock, MessagesSquare, Send, Smartphone } from "lucide-react";
import { useTranslations } from "next-intl";
import { useMemo, useState } from "react";
import { useClock } from "../../i18n/use-time-text.ts";
import { Avatar } from "../../ui/avatar.tsx";
import { cx } from "../../ui/cx.ts";
import { EmptyState } from "../../ui/empty-state.tsx";
import { Icon } from "../../ui/icon.tsx";
import { Badge } from "../../ui/marks.tsx";
import { Segmented } from "../../ui/segmented.tsx";
import { Select } from "../../ui/select.tsx";
import { useMedia } from "../../ui/use-browser.ts";
import { GROUPS, type GroupKind, groupOf, type TopicEntry, topicEntries } from "./group-lines.ts";
import { useWorld } from "./sandbox-context.tsx";
import { TopicThread } from "./topic-thread.tsx";

const CHANNEL_MARKS = { app: Smartphone, telegram: Send, instagram: Camera } as const;

type TopicListProps = {
  entries: readonly TopicEntry[];
  openId: number | null | undefined;
  onOpen: (threadId: number | null) => void;
};

function TopicRow({ entry, isOpen, onOpen }: { entry: TopicEntry; isOpen: boolean; onOpen: () => void }) {
  const t = useTranslations("sandbox");
  const clock = useClock();
  const { last, name, unread } = entry;
  const text = last ? last.text || t("photos", { count: Math.max(1, last.photos.length) }) : t("noMessages");
  return (
    <button
      type="button"
      aria-current={isOpen ? "true" : undefined}
      onClick={onOpen}
      className={cx(
        "grid h-14 w-full grid-cols-[28px_minmax(0,1fr)_auto] items-center gap-2.5 border-line border-b pr-3 pl-4 text-left -outline-offset-2",
        isOpen ? "bg-accent-soft [--row-bg:var(--color-accent-soft)]" : "hover:bg-surface-2",
      )}
    >
      <Avatar name={name} size={28} />
      <span className="min-w-0">
        <span className="flex items-center gap-1 font-medium text-13/[18px]" title={name}>
          <span className="truncate">{name}</span>
          {entry.isClosed ? <Icon of={Lock} size={12} className="text-muted" /> : null}
          {entry.isClosed ? <span className="sr-only">{t("closed")}</span> : null}
        </span>
        <span className="flex items-center gap-1 text-12/4 text-muted" title={text}>
          {entry.channel ? <Icon of={CHANNEL_MARKS[entry.channel]} size={12} /> : null}
          {entry.channel ? <span className="sr-only">{t(`channel.${entry.channel}`)}: </span> : null}
          <span className="truncate">{text}</span>
        </span>
      </span>
      <span className="flex h-full flex-col items-end gap-1 pt-2.5">
        <span className="num text-11 text-muted">{last ? clock(last.message.sentAt) : ""}</span>
        {unread > 0 ? (
          <>
            <Badge count={unread} />
            <span className="sr-only">{t("unread", { count: unread })}</span>
          </>
        ) : null}
      </span>
    </button>
  );
}

function TopicList({ entries, openId, onOpen }: TopicListProps) {
  const t = useTranslations("sandbox");
  if (entries.length === 0) return <EmptyState icon={MessagesSquare} title={t("noTopics")} hint={t("noTopicsHint")} />;
  return (
    <ul aria-label={t("topics")} className="scroll-pane h-full">
      {entries.map((entry) => (
        <li key={String(entry.threadId)}>
          <TopicRow entry={entry} isOpen={entry.threadId === openId} onOpen={() => onOpen(entry.threadId)} />
        </li>
      ))}
    </ul>
  );
}

type TopicsProps = {
  kind: GroupKind;
  staff: SandboxUser;
  /** Topic of the customer whose phone is looked at: open until another one is chosen. */
  customerTopicId: number | null;
  /** The phone's owner; a chosen topic stays until another customer is chosen. */
  customerKey: string;
};

/** Which topic is open, and what of the others has not been seen. */
function useTopics({ kind, customerTopicId, customerKey }: Omit<TopicsProps, "staff">) {
  const t = useTranslations("sandbox");
  const world = useWorld();
  const isWide = useMedia("(min-width: 60rem)");
  /** On a narrow screen the list and the thread are pages. */
  const [isThreadOpen, setThreadOpen] = useState(false);
  const [choice, setChoice] = useState<{ threadId: number | null; customerKey: string } | null>(null);
  const [seen, setSeen] = useState<ReadonlyMap<number | null, number>>(new Map());
  const generalName = t("general");
  const entries = useMemo(() => topicEntries(world, { kind, generalName }, seen), [world, kind, seen, generalName]);
  const wanted = choice?.customerKey === customerKey ? choice.threadId : (customerTopicId ?? undefined);
  const open = entries.find((entry) => entry.threadId === wanted) ?? entries[0] ?? null;
  const newest = open?.last?.key ?? 0;
  // What is open is seen; set while rendering, so that no badge flashes.
  if (open && (isWide || isThreadOpen) && (seen.get(open.threadId) ?? 0) < newest) {
    setSeen(new Map(seen).set(open.threadId, newest));
  }
  const choose = (threadId: number | null) => {
    setChoice({ threadId, customerKey });
    setThreadOpen(true);
  };
  const leave = () => setThreadOpen(false);
  return { entries, open, isThreadOpen, choose, leave, forget: () => setChoice(null) };
}

/** The topics of one group, and the open one's thread. */
function Topics({ staff, ...props }: TopicsProps) {
  const { entries, open, isThreadOpen, choose, leave, forget } = useTopics(props);
  return (
    <div className="grid min-h-0 flex-1 md:grid-cols-[248px_minmax(0,1fr)]">
      <div className={cx("min-h-0 border-line md:border-r", isThreadOpen && "max-md:hidden")}>
        <TopicList entries={entries} openId={open?.threadId} onOpen={choose} />
      </div>
      <div className={cx("flex min-h-0 min-w-0 flex-col", !isThreadOpen && "max-md:hidden")}>
        {open ? (
          <TopicThread
            key={String(open.threadId)}
            kind={props.kind}
            entry={open}
            staff={staff}
            onBack={leave}
            onDeleted={forget}
          />
        ) : null}
      </div>
    </div>
  );
}

type GroupPaneProps = Omit<TopicsProps, "customerTopicId"> & {
  onKind: (kind: GroupKind) => void;
  onStaff: (id: number) => void;
  customerTopicId: number | null;
};

/** The support group or the live one, as one of the team sees it. */
export function GroupPane({ onKind, onStaff, ...props }: GroupPaneProps) {
  const t = useTranslations("sandbox");
  const world = useWorld();
  const { kind, staff } = props;
  const members = world.users.filter((user) => user.staff).map(({ id, name }) => ({ value: String(id), label: name }));
  const kinds = GROUPS.map((value) => ({ value, label: t(`groupKind.${value}`) }));
  return (
    <section aria-label={t(`groupTitle.${kind}`)} className="flex min-h-0 min-w-0 flex-col bg-surface">
      <header className="flex min-h-11 shrink-0 items-center gap-2 border-line border-b px-4 max-md:min-h-[52px]">
        <h2 className="shrink-0 truncate font-semibold text-13 max-md:sr-only">{t("telegram")}</h2>
        <Segmented label={t("group")} value={kind} options={kinds} onChange={onKind} />
        <span className="min-w-0 flex-1 truncate text-12 text-muted max-md:invisible">
          {t("topicCount", { count: groupOf(world, kind).topics.length })}
        </span>
        <span aria-hidden className="shrink-0 text-12 text-muted max-md:hidden">
          {t("actAs")}
        </span>
        <Select label={t("actAs")} value={String(staff.id)} options={members} onChange={(id) => onStaff(Number(id))} />
      </header>
      <Topics key={kind} {...props} />
    </section>
  );
}
