import type { Notice } from "@pult/api/notices/schema.ts";
import { Archive, ArchiveRestore, Clock3, Mail, MailOpen, MoreHorizontal } from "lucide-react";
import { useTranslations } from "next-intl";
import { type KeyboardEvent, useState } from "react";
import { useTimeText } from "../../i18n/use-time-text.ts";
import { Chip } from "../../ui/chip.tsx";
import { cx } from "../../ui/cx.ts";
import { Icon } from "../../ui/icon.tsx";
import { IconButton, iconButtonClass } from "../../ui/icon-button.tsx";
import { Menu, MenuGroup, MenuItem } from "../../ui/menu.tsx";
import { SnoozeMenu } from "../support/actions/menus.tsx";
import { snoozeChoices } from "../support/actions/snooze-times.ts";
import { iconOf, useKindText } from "./kinds.ts";
import type { NoticeActions } from "./use-notices.ts";

type RowProps = { notice: Notice; actions: NoticeActions };

/** What can be done with a notice as it stands. */
function useChoices({ notice, actions }: RowProps) {
  const t = useTranslations("notices");
  const isRead = notice.readAt !== null;
  const isArchived = notice.archivedAt !== null;
  const isSnoozed = notice.snoozedUntil !== null && Date.parse(notice.snoozedUntil) > Date.now();
  return {
    isSnoozed,
    read: {
      icon: isRead ? Mail : MailOpen,
      label: t(isRead ? "markUnread" : "markRead"),
      run: () => void actions.setRead(notice, !isRead),
    },
    archive: {
      icon: isArchived ? ArchiveRestore : Archive,
      label: t(isArchived ? "restore" : "archive"),
      run: () => void actions.setArchived(notice, !isArchived),
    },
    snooze: (until: string | null) => void actions.snooze(notice, until),
  };
}

type Choices = ReturnType<typeof useChoices>;
type ToolsProps = { choices: Choices; isSnoozing: boolean; onSnoozing: (isOpen: boolean) => void };

/** Beside the notice under the pointer or the focus. */
function Tools({ choices: { read, archive, snooze, isSnoozed }, isSnoozing, onSnoozing }: ToolsProps) {
  const t = useTranslations("notices");
  return (
    <span
      className={cx(
        "absolute top-1.5 right-2 hidden items-center rounded-2 bg-surface-3 group-focus-within/notice:flex group-hover/notice:flex max-md:!hidden",
        isSnoozing && "!flex",
      )}
    >
      <IconButton icon={read.icon} label={read.label} keys="U" onClick={read.run} />
      {isSnoozed ? (
        <IconButton icon={Clock3} label={t("wake")} onClick={() => snooze(null)} />
      ) : (
        <SnoozeMenu open={isSnoozing} onOpenChange={onSnoozing} onSnooze={snooze} />
      )}
      <IconButton icon={archive.icon} label={archive.label} keys="E" onClick={archive.run} />
    </span>
  );
}

/** The same where fingers press. */
function TouchMenu({ choices: { read, archive, snooze, isSnoozed } }: { choices: Choices }) {
  const t = useTranslations();
  const time = useTimeText();
  return (
    <Menu
      trigger={
        <button
          type="button"
          aria-label={t("notices.actions")}
          className={cx(iconButtonClass(), "absolute right-1 bottom-1 md:hidden")}
        >
          <Icon of={MoreHorizontal} className="size-5" />
        </button>
      }
    >
      <MenuItem icon={read.icon} onSelect={read.run}>
        {read.label}
      </MenuItem>
      {isSnoozed ? (
        <MenuItem icon={Clock3} onSelect={() => snooze(null)}>
          {t("notices.wake")}
        </MenuItem>
      ) : (
        <MenuGroup label={t("header.snooze")}>
          {snoozeChoices(new Date()).map(({ key, until }) => (
            <MenuItem
              key={key}
              icon={Clock3}
              detail={time.clock(until.toISOString())}
              onSelect={() => snooze(until.toISOString())}
            >
              {t(`header.${key}`)}
            </MenuItem>
          ))}
        </MenuGroup>
      )}
      <MenuItem icon={archive.icon} onSelect={archive.run}>
        {archive.label}
      </MenuItem>
    </Menu>
  );
}

/** One notice: what happened, to open; and what can be done with it. U, S and E do it by key. */
export function NoticeRow({ notice, actions }: RowProps) {
  const t = useTranslations("notices");
  const time = useTimeText();
  const kindText = useKindText();
  const choices = useChoices({ notice, actions });
  const [isSnoozing, setSnoozing] = useState(false);
  const { kind, severity, title, body, count, at, readAt, snoozedUntil } = notice;
  const isUnread = readAt === null;
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.code === "KeyU") choices.read.run();
    else if (event.code === "KeyE") choices.archive.run();
    else if (event.code === "KeyS" && !choices.isSnoozed) setSnoozing(true);
  };
  return (
    <li className="group/notice relative border-line border-b last:border-0 [contain-intrinsic-size:auto_64px] [content-visibility:auto]">
      <button
        type="button"
        data-notice={notice.id}
        onClick={() => actions.open(notice)}
        onKeyDown={onKeyDown}
        className="grid w-full grid-cols-[28px_minmax(0,1fr)] gap-x-3 px-4 py-2.5 text-left -outline-offset-2 hover:bg-surface-2 group-focus-within/notice:bg-surface-2 max-md:pr-12"
      >
        <span
          title={kindText(kind)}
          className={cx(
            "mt-0.5 grid size-7 place-items-center rounded-full",
            severity === "critical"
              ? "bg-danger-soft text-danger"
              : isUnread
                ? "bg-accent-soft text-accent-text"
                : "bg-surface-3 text-fg-2",
          )}
        >
          <Icon of={iconOf(kind)} size={14} />
          <span className="sr-only">{kindText(kind)}</span>
        </span>
        <span className="min-w-0">
          <span className="flex items-baseline gap-2">
            <span
              dir="auto"
              className={cx("min-w-0 truncate text-start", isUnread ? "font-semibold" : "font-medium text-fg-2")}
            >
              {title}
            </span>
            {count > 1 ? (
              <Chip title={t("count", { count })} className="h-4 px-1">
                ×{count}
              </Chip>
            ) : null}
            <time dateTime={at} title={time.full(at)} className="num ml-auto shrink-0 text-11 text-muted">
              {time.short(at)}
            </time>
            {isUnread ? (
              <span className="size-2 shrink-0 self-center rounded-full bg-accent">
                <span className="sr-only">{t("unread")}</span>
              </span>
            ) : null}
          </span>
          <span dir="auto" className="line-clamp-2 text-start text-12 text-muted">
            {body}
          </span>
          {choices.isSnoozed && snoozedUntil ? (
            <span className="num mt-0.5 flex items-center gap-1 text-12 text-warning">
              <Icon of={Clock3} size={12} />
              {t("snoozedUntil", { time: time.moment(snoozedUntil) })}
            </span>
          ) : null}
        </span>
      </button>
      <Tools choices={choices} isSnoozing={isSnoozing} onSnoozing={setSnoozing} />
      <TouchMenu choices={choices} />
    </li>
  );
}
