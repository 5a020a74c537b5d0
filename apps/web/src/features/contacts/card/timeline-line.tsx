import type { Change, CrmRecord, TimelineEntry } from "@pult/api/crm/schema.ts";
import { useQueryClient } from "@tanstack/react-query";
import {
  BriefcaseBusiness,
  CircleCheck,
  CircleDashed,
  Combine,
  Inbox,
  Lock,
  type LucideIcon,
  Pencil,
  Send,
  Tag,
  Trash2,
} from "lucide-react";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { memo, type ReactNode } from "react";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { Button } from "../../../ui/button.tsx";
import { cx } from "../../../ui/cx.ts";
import { Icon } from "../../../ui/icon.tsx";
import { IconButton } from "../../../ui/icon-button.tsx";
import { showToast } from "../../../ui/toast-manager.ts";
import { useAgent, useMay } from "../../auth/agent-context.tsx";
import { CHATS, chatsHref } from "../../chats/chats-address.ts";
import { inboxHref } from "../../support/inbox/inbox-view.ts";
import { readCrmAgain } from "../data/records-cache.ts";
import { useFields, useTags } from "../data/use-setup.ts";
import { useTimelineCall } from "../data/use-timeline.ts";

type LineProps = {
  icon: LucideIcon;
  at: string;
  /** Who or what, in bold. */
  lead: string;
  detail?: ReactNode;
  actions?: ReactNode;
  children?: ReactNode;
};

function Line({ icon, at, lead, detail, actions, children }: LineProps) {
  const time = useTimeText();
  return (
    <li className="relative grid grid-cols-[28px_minmax(0,1fr)_auto] gap-x-3 pb-3 before:absolute before:top-7 before:bottom-0 before:left-[13.5px] before:w-px before:bg-line last:before:hidden">
      <span className="grid size-7 place-items-center rounded-full bg-surface-3 text-fg-2">
        <Icon of={icon} size={14} />
      </span>
      <p className="flex min-h-7 min-w-0 flex-wrap items-center gap-x-2">
        <span dir="auto" className="font-semibold">
          {lead}
        </span>
        <span className="min-w-0 text-muted">{detail}</span>
      </p>
      <span className="flex h-7 items-center gap-1">
        {actions}
        <time dateTime={at} title={time.full(at)} className="num text-11 text-muted">
          {time.clock(at)}
        </time>
      </span>
      {children ? <div className="col-span-2 col-start-2 min-w-0">{children}</div> : null}
    </li>
  );
}

const Bubble = ({ tone, children }: { tone: "in" | "out" | "note"; children: ReactNode }) => (
  <div
    dir="auto"
    className={cx(
      "w-fit max-w-full whitespace-pre-wrap rounded-4 px-2.5 py-1.5 text-14",
      tone === "in" && "bg-bubble-in",
      tone === "out" && "bg-bubble-out",
      tone === "note" && "border border-note-line bg-note text-note-text",
    )}
  >
    {children}
  </div>
);

const CHANGE_ICONS: Readonly<Record<Change["kind"], LucideIcon>> = {
  created: CircleDashed,
  updated: Pencil,
  moved: BriefcaseBusiness,
  moveRefused: BriefcaseBusiness,
  tagged: Tag,
  merged: Combine,
  unmerged: Combine,
  deleted: Trash2,
};

const nameIn = (value: unknown): string =>
  typeof value === "object" && value !== null && "name" in value ? String(value.name) : "";
const idsIn = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);

/** Columns that have a name on the screen. */
const NAMED = [
  "name",
  "username",
  "phone",
  "email",
  "website",
  "source",
  "consent",
  "amount",
  "currency",
  "nextStep",
  "nextStepAt",
  "ownerId",
  "companyId",
  "contactId",
] as const;

/** A change in words: "Packed → On the way", "Phone, Email". */
function useChangeText() {
  const t = useTranslations("contacts");
  const tags = useTags();
  const fields = [...useFields("contact"), ...useFields("company"), ...useFields("deal")];
  const tagNames = (value: unknown) =>
    idsIn(value)
      .map((id) => tags.find((tag) => tag.id === id)?.name ?? t("card.deletedTag"))
      .join(", ");
  return ({ kind, details }: Change): string => {
    if (kind === "moved" || kind === "moveRefused")
      return t(`card.change_.${kind}`, { from: nameIn(details.from), to: nameIn(details.to) });
    if (kind === "tagged") {
      const [added, removed] = [tagNames(details.added), tagNames(details.removed)];
      return [added && t("card.tagsAdded", { tags: added }), removed && t("card.tagsRemoved", { tags: removed })]
        .filter(Boolean)
        .join(", ");
    }
    if (kind !== "updated") return t(`card.change_.${kind}`);
    const names = Object.keys(details).map((key) => {
      const column = NAMED.find((name) => name === key);
      return column ? t(`field.${column}`) : (fields.find(({ id }) => id === key)?.name ?? t("card.otherField"));
    });
    return t("card.change_.updated", { fields: [...new Set(names)].join(", ") });
  };
}

type EntryOf<Type extends TimelineEntry["type"]> = Extract<TimelineEntry, { type: Type }>;

function NoteLine({ entry }: { entry: EntryOf<"note"> }) {
  const t = useTranslations("contacts.card");
  const { id: agentId } = useAgent();
  const call = useTimelineCall();
  const { note } = entry;
  const remove =
    note.createdBy === agentId ? (
      <IconButton
        icon={Trash2}
        size="sm"
        label={t("deleteNote")}
        onClick={() => void call((chats) => chats.notes.delete.mutate({ id: note.id }))}
      />
    ) : null;
  return (
    <Line icon={Lock} at={entry.at} lead={note.authorName ?? t("someone")} detail={t("note")} actions={remove}>
      <Bubble tone="note">{note.text}</Bubble>
    </Line>
  );
}

function TaskLine({ entry }: { entry: EntryOf<"task"> }) {
  const t = useTranslations("contacts.card");
  const time = useTimeText();
  const mayWrite = useMay()("chats:write");
  const call = useTimelineCall();
  const { task } = entry;
  const isDone = task.doneAt !== null;
  const isLate = !isDone && task.dueAt !== null && Date.parse(task.dueAt) < Date.now();
  const complete = () => void call((chats) => chats.tasks.complete.mutate({ id: task.id, isDone: !isDone }));
  return (
    <Line
      icon={isDone ? CircleCheck : CircleDashed}
      at={entry.at}
      lead={task.title}
      detail={
        <span className={isLate ? "text-danger" : ""}>
          {[
            isDone
              ? t(`done.${task.doneBy ?? "done"}`)
              : task.dueAt
                ? t(isLate ? "dueLate" : "due", { time: time.moment(task.dueAt) })
                : t("task"),
            task.assigneeName,
          ]
            .filter(Boolean)
            .join(" · ")}
        </span>
      }
      actions={
        mayWrite ? (
          <Button size="sm" onClick={complete}>
            {t(isDone ? "reopen" : "complete")}
          </Button>
        ) : null
      }
    />
  );
}

function TelegramLine({ entry, record }: { entry: EntryOf<"telegram">; record: CrmRecord }) {
  const t = useTranslations("contacts.card");
  const tMedia = useTranslations("chats.media");
  const { isOutgoing, accountId, chatId, text, media, at } = entry;
  const link = (
    <Link
      href={chatsHref(CHATS, { account: accountId, chat: chatId })}
      prefetch={false}
      className="rounded-1 hover:underline"
    >
      {t("inTelegram")}
    </Link>
  );
  const attachment = media && tMedia.has(media as "photo") ? tMedia(media as "photo") : null;
  return (
    <Line icon={Send} at={at} lead={isOutgoing ? t("us") : record.name} detail={link}>
      <Bubble tone={isOutgoing ? "out" : "in"}>
        {text}
        {attachment ? <span className="text-12 text-bubble-meta">{text ? ` · ${attachment}` : attachment}</span> : null}
      </Bubble>
    </Line>
  );
}

function DeskLine({ entry }: { entry: EntryOf<"desk"> }) {
  const t = useTranslations("contacts.card");
  const { kind, conversationId, text, author, at } = entry;
  const link = (
    <Link href={inboxHref("/inbox", { c: conversationId })} prefetch={false} className="rounded-1 hover:underline">
      {t(kind === "note" ? "note" : "inInbox")}
    </Link>
  );
  const tone = kind === "note" ? "note" : kind === "customer" ? "in" : "out";
  return (
    <Line icon={kind === "note" ? Lock : Inbox} at={at} lead={author} detail={link}>
      {text ? <Bubble tone={tone}>{text}</Bubble> : null}
    </Line>
  );
}

/** Parts two contacts again; a refusal says why that is not possible. */
function UndoMerge({ id }: { id: string }) {
  const t = useTranslations("contacts.merge");
  const mayWrite = useMay()("chats:write");
  const queryClient = useQueryClient();
  const call = useTimelineCall();
  const undo = async () => {
    if (!(await call((chats) => chats.contacts.unmerge.mutate({ id })))) return;
    readCrmAgain(queryClient);
    showToast({ icon: Combine, title: t("unmerged") });
  };
  return mayWrite ? (
    <Button size="sm" onClick={() => void undo()}>
      {t("undo")}
    </Button>
  ) : null;
}

function ChangeLine({ entry, record }: { entry: EntryOf<"change">; record: CrmRecord }) {
  const t = useTranslations("contacts.card");
  const text = useChangeText();
  const { change, entity, name, at, undoableMerge } = entry;
  return (
    <Line
      icon={CHANGE_ICONS[change.kind]}
      at={at}
      lead={entity === record.entity ? change.actorName : name}
      detail={entity === record.entity ? text(change) : t("by", { change: text(change), name: change.actorName })}
      actions={undoableMerge ? <UndoMerge id={undoableMerge} /> : null}
    />
  );
}

/** A line of what happened with a record. */
export const TimelineLine = memo(function TimelineLine({ entry, record }: { entry: TimelineEntry; record: CrmRecord }) {
  switch (entry.type) {
    case "telegram":
      return <TelegramLine entry={entry} record={record} />;
    case "desk":
      return <DeskLine entry={entry} />;
    case "note":
      return <NoteLine entry={entry} />;
    case "task":
      return <TaskLine entry={entry} />;
    case "change":
      return <ChangeLine entry={entry} record={record} />;
  }
});
