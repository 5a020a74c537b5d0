import type { ConversationDetail } from "@pult/api/support/schema.ts";
import {
  ArrowLeft,
  Check,
  Clock3,
  Ellipsis,
  Hourglass,
  type LucideIcon,
  PanelRight,
  RotateCcw,
  UserPlus,
} from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { Avatar } from "../../../ui/avatar.tsx";
import { Button } from "../../../ui/button.tsx";
import { Chip } from "../../../ui/chip.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { IconButton, iconButtonClass } from "../../../ui/icon-button.tsx";
import { Kbd } from "../../../ui/kbd.tsx";
import { Menu, MenuItem } from "../../../ui/menu.tsx";
import { useMay } from "../../auth/agent-context.tsx";
import { useCommands } from "../../shell/commands.tsx";
import type { Command } from "../../shell/registry.ts";
import { AssignMenu, SnoozeMenu } from "../actions/menus.tsx";
import { useConversationActions } from "../actions/use-conversation-actions.ts";

type ThreadHeaderProps = {
  conversation: ConversationDetail;
  onBack: () => void;
  onToggleCustomer: () => void;
};

function Subtitle({ conversation }: { conversation: ConversationDetail }) {
  const t = useTranslations();
  const { channel, telegram, customer } = conversation;
  const parts = [
    t(`inbox.channel.${channel}`),
    telegram.topicId === null ? null : t("header.topic", { id: String(telegram.topicId) }),
    t(customer.online ? "header.online" : "header.offline"),
  ];
  return <span className="block truncate text-12 text-muted">{parts.filter(Boolean).join(" · ")}</span>;
}

function StatusChip({ conversation }: { conversation: ConversationDetail }) {
  const t = useTranslations();
  const time = useTimeText();
  const { status, snoozedUntil } = conversation;
  if (status === "open") return null;
  const until = status === "snoozed" && snoozedUntil ? time.moment(snoozedUntil) : null;
  return (
    <Chip tone={status === "resolved" ? "success" : "neutral"} className="max-lg:hidden">
      {until ? t("inbox.snoozedUntil", { time: until }) : t(`header.status.${status}`)}
    </Chip>
  );
}

/** Who it is, and what can be done with the conversation: A, S, E. */
export function ThreadHeader({ conversation, onBack, onToggleCustomer }: ThreadHeaderProps) {
  const t = useTranslations("header");
  const { customer, status, assignee } = conversation;
  const { setStatus, assign } = useConversationActions(conversation);
  const mayWrite = useMay()("support:write");
  const [openMenu, setOpenMenu] = useState<"assign" | "snooze" | null>(null);
  const isClosed = status === "resolved" || status === "snoozed";
  const settle = () => setStatus({ status: isClosed ? "open" : "resolved" });
  const settleLabel = t(isClosed ? "reopen" : "resolve");
  const settleIcon = isClosed ? RotateCcw : Check;
  const wait = () => setStatus({ status: status === "pending" ? "open" : "pending" });
  const waitLabel = t(status === "pending" ? "setOpen" : "setPending");

  const open = (id: "assign" | "snooze", keys: string, icon: LucideIcon): Command => {
    return { id, group: "conversation", label: t(id), icon, keys, run: () => setOpenMenu(id) };
  };
  const commands: Command[] = [
    { id: "settle", group: "conversation", label: settleLabel, icon: settleIcon, keys: "e", run: settle },
    open("assign", "a", UserPlus),
    open("snooze", "s", Clock3),
    { id: "wait", group: "conversation", label: waitLabel, icon: Hourglass, keys: "p", run: wait },
  ];
  useCommands(mayWrite ? commands : []);
  const menu = (name: "assign" | "snooze") => ({
    open: openMenu === name,
    onOpenChange: (open: boolean) => setOpenMenu(open ? name : null),
  });
  return (
    <header className="flex h-14 shrink-0 items-center gap-2 border-line border-b px-1 md:pr-3 md:pl-4">
      <IconButton icon={ArrowLeft} label={t("backToList")} onClick={onBack} className="md:hidden" />
      <Avatar name={customer.name} size={32} online={customer.online} />
      <div className="relative min-w-0 flex-1">
        <h2 dir="auto" title={customer.name} className="truncate text-start font-semibold text-14">
          {customer.name}
        </h2>
        <Subtitle conversation={conversation} />
        {/* Where the customer has no pane, the name opens it. */}
        <button
          type="button"
          aria-label={t("showCustomer")}
          onClick={onToggleCustomer}
          className="absolute inset-0 rounded-1 lg:hidden"
        />
      </div>
      <StatusChip conversation={conversation} />
      {mayWrite ? (
        <>
          <span className="flex items-center gap-1 max-md:hidden">
            <AssignMenu assigneeId={assignee?.id ?? null} onAssign={assign} {...menu("assign")} />
            <SnoozeMenu onSnooze={(until) => setStatus({ status: "snoozed", until })} {...menu("snooze")} />
            <Button onClick={settle}>
              <Icon of={settleIcon} />
              {settleLabel}
              <Kbd>E</Kbd>
            </Button>
          </span>
          <IconButton icon={settleIcon} label={settleLabel} onClick={settle} className="md:hidden" />
        </>
      ) : null}
      <Menu
        trigger={
          <button type="button" aria-label={t("moreActions")} className={iconButtonClass()}>
            <Icon of={Ellipsis} className="max-md:size-5" />
          </button>
        }
      >
        {mayWrite ? (
          <MenuItem icon={Hourglass} keys="P" onSelect={wait}>
            {waitLabel}
          </MenuItem>
        ) : null}
        <MenuItem icon={PanelRight} onSelect={onToggleCustomer}>
          {t("customer")}
        </MenuItem>
      </Menu>
    </header>
  );
}
