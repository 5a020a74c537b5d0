import { Popover } from "@base-ui/react/popover";
import type { Notice } from "@pult/api/notices/schema.ts";
import { Archive, Bell, CheckCheck, Clock3, type LucideIcon, SlidersHorizontal } from "lucide-react";
import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { type KeyboardEvent, type ReactNode, useEffect, useLayoutEffect, useRef, useState } from "react";
import { useTimeText } from "../../i18n/use-time-text.ts";
import { EmptyState } from "../../ui/empty-state.tsx";
import { IconButton } from "../../ui/icon-button.tsx";
import { LoadMore } from "../../ui/load-more.tsx";
import { Sheet } from "../../ui/modal.tsx";
import { Segmented } from "../../ui/segmented.tsx";
import { AfterDelay, Skeleton } from "../../ui/skeleton.tsx";
import { useMedia } from "../../ui/use-browser.ts";
import { rowsOf } from "../notifications/pages.ts";
import { FailedState } from "../shell/failed-state.tsx";
import { useOfferedUndo } from "../shell/undo.ts";
import { useErrorText } from "../shell/use-failure-text.ts";
import { useUnread } from "./bell-state.ts";
import { NoticeRow } from "./notice-row.tsx";
import { NOTICE_STATES, type NoticeState } from "./notices-cache.ts";
import { PushOffer } from "./push-offer.tsx";
import { useNoticeActions, useNoticeList } from "./use-notices.ts";

const EMPTY_ICONS: Record<NoticeState, LucideIcon> = {
  open: Bell,
  unread: CheckCheck,
  snoozed: Clock3,
  archived: Archive,
};

const BARS = ["w-40", "w-56", "w-48", "w-32", "w-52"];

function ListSkeleton() {
  return BARS.map((width) => (
    <span key={width} className="flex gap-3 border-line border-b px-4 py-3">
      <Skeleton className="size-7 rounded-full" />
      <span className="flex flex-1 flex-col gap-2 pt-0.5">
        <Skeleton className={`h-3 ${width}`} />
        <Skeleton className="h-3 w-64" />
      </span>
    </span>
  ));
}

const rowsIn = (list: HTMLElement | null): HTMLElement[] => [
  ...(list?.querySelectorAll<HTMLElement>("[data-notice]") ?? []),
];

/** Arrows, J and K go from notice to notice. */
function moveFocus(event: KeyboardEvent<HTMLElement>) {
  const step = { ArrowDown: 1, KeyJ: 1, ArrowUp: -1, KeyK: -1 }[event.code];
  if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
  const rows = rowsIn(event.currentTarget);
  const current = rows.findIndex((row) => row.closest("li")?.contains(document.activeElement));
  const next = rows[Math.max(0, current + step)] ?? rows.at(-1);
  event.preventDefault();
  next?.focus();
}

/** The focus of a row that leaves the list goes to the row that takes its place. Returns what the list is to be referred to by. */
function useKeptFocus(rows: readonly Notice[]) {
  const list = useRef<HTMLDivElement>(null);
  const place = useRef(-1);
  useEffect(() => {
    const note = () => {
      place.current = rowsIn(list.current).findIndex((row) => row.closest("li")?.contains(document.activeElement));
    };
    document.addEventListener("focusin", note);
    return () => document.removeEventListener("focusin", note);
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: looked at whenever the rows change
  useLayoutEffect(() => {
    const isLost = document.activeElement === document.body || document.activeElement === null;
    const left = rowsIn(list.current);
    if (isLost && place.current >= 0) left[Math.min(place.current, left.length - 1)]?.focus();
  }, [rows]);
  return list;
}

function NoticeList({ state }: { state: NoticeState }) {
  const t = useTranslations("notices");
  const tCommon = useTranslations("common");
  const time = useTimeText();
  const errorText = useErrorText();
  const actions = useNoticeActions();
  const list = useNoticeList(state);
  const undo = useOfferedUndo();
  const rows = rowsOf(list.data);
  const keepFocus = useKeptFocus(rows);
  if (!list.data) {
    if (list.error) {
      return <FailedState title={t("listFailed")} hint={errorText(list.error)} onRetry={() => void list.refetch()} />;
    }
    return (
      <AfterDelay label={tCommon("loading")}>
        <ListSkeleton />
      </AfterDelay>
    );
  }
  if (rows.length === 0 && !list.hasNextPage) {
    return <EmptyState icon={EMPTY_ICONS[state]} title={t(`empty.${state}`)} hint={t(`empty.${state}Hint`)} />;
  }
  const groups = [
    { label: t("today"), rows: rows.filter(({ at }) => time.daysAgo(at) === 0) },
    { label: t("earlier"), rows: rows.filter(({ at }) => time.daysAgo(at) !== 0) },
  ].filter((group) => group.rows.length > 0);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys of the rows, which have the focus
    <div
      ref={keepFocus}
      className="scroll-pane min-h-0 flex-1"
      onKeyDown={(event) => (event.code === "KeyZ" && undo ? undo() : moveFocus(event))}
    >
      {groups.map((group) => (
        <section key={group.label} aria-label={group.label}>
          <h3 className="sticky top-0 z-10 border-line border-b bg-surface-2 px-4 py-1 font-medium text-11 text-muted">
            {group.label}
          </h3>
          <ul aria-label={group.label}>
            {group.rows.map((notice) => (
              <NoticeRow key={notice.id} notice={notice} actions={actions} />
            ))}
          </ul>
        </section>
      ))}
      <LoadMore list={list} more={t("more")} end={t("end")} />
    </div>
  );
}

function PanelContent({ onClose }: { onClose: () => void }) {
  const t = useTranslations("notices");
  const router = useRouter();
  const [state, setState] = useState<NoticeState>("open");
  const { markAllRead } = useNoticeActions();
  const unread = useUnread();
  return (
    <>
      <div className="flex shrink-0 items-center gap-1 border-line border-b py-2 pr-2 pl-4">
        <Segmented
          label={t("filter")}
          value={state}
          onChange={setState}
          options={NOTICE_STATES.map((value) => ({ value, label: t(`state.${value}`) }))}
          className="-ml-1"
        />
        <span className="ml-auto flex">
          <IconButton icon={CheckCheck} label={t("markAllRead")} disabled={unread === 0} onClick={markAllRead} />
          <IconButton
            icon={SlidersHorizontal}
            label={t("preferences")}
            onClick={() => {
              onClose();
              router.push("/settings/notifications");
            }}
          />
        </span>
      </div>
      <PushOffer />
      <NoticeList key={state} state={state} />
    </>
  );
}

/** A press on the bell closes by the bell's own click; one on a toast, such as on "Undo", is about the list. */
const keepsOpen = (event: Event) =>
  [event.target, event instanceof FocusEvent ? event.relatedTarget : null].some(
    (element) => element instanceof Element && element.closest("[data-bell], [data-toasts]"),
  );
/** The rail's: the one in the head of a page is not shown beside it. */
const railBell = () => document.querySelector("nav [data-bell]");

function DesktopPanel({ title, onClose, children }: { title: string; onClose: () => void; children: ReactNode }) {
  const change = (isOpen: boolean, details: Popover.Root.ChangeEventDetails) => {
    const isLeft = details.reason === "outside-press" || details.reason === "focus-out";
    if (isLeft && keepsOpen(details.event)) return details.cancel();
    if (!isOpen) onClose();
  };
  return (
    <Popover.Root open onOpenChange={change}>
      <Popover.Portal>
        <Popover.Positioner
          anchor={railBell}
          side="right"
          align="start"
          sideOffset={12}
          collisionPadding={8}
          className="z-30 outline-none"
        >
          <Popover.Popup className="flex h-[min(640px,calc(100dvh-16px))] w-[420px] flex-col overflow-hidden rounded-3 bg-surface shadow-dialog outline-none">
            <Popover.Title className="shrink-0 px-4 pt-3 font-semibold text-14">{title}</Popover.Title>
            {children}
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}

/** What happened: beside the rail, and on a narrow screen a page of its own. */
export function BellPanel({ onClose }: { onClose: () => void }) {
  const t = useTranslations("notices");
  const isWide = useMedia("(min-width: 60rem)");
  const Frame = isWide ? DesktopPanel : Sheet;
  return (
    <Frame title={t("title")} onClose={onClose}>
      <PanelContent onClose={onClose} />
    </Frame>
  );
}
