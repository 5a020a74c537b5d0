import { useQuery } from "@tanstack/react-query";
import { CalendarClock, Clock3, UserPlus, UserX } from "lucide-react";
import { useTranslations } from "next-intl";
import { type ComponentProps, useState } from "react";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { useTRPC } from "../../../trpc/provider.tsx";
import { Avatar } from "../../../ui/avatar.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { iconButtonClass } from "../../../ui/icon-button.tsx";
import { lazyModule } from "../../../ui/lazy.tsx";
import { Menu, MenuGroup, MenuItem, MenuSeparator } from "../../../ui/menu.tsx";
import { useDesk } from "../desk-provider.tsx";
import { snoozeChoices, tomorrowMorning } from "./snooze-times.ts";

type OpenProps = Pick<ComponentProps<typeof Menu>, "open" | "onOpenChange">;

type AssignMenuProps = OpenProps & {
  assigneeId: string | null;
  onAssign: (assignee: { id: string; name: string } | null) => void;
};

/** Oneself first, then the others. */
function AssignItems({ assigneeId, onAssign }: AssignMenuProps) {
  const t = useTranslations();
  const trpc = useTRPC();
  const { agent } = useDesk();
  const agents = useQuery(trpc.support.agents.queryOptions());
  const others = agents.data?.agents.filter(({ id }) => id !== agent.id) ?? [];
  return (
    <>
      <MenuGroup label={t("header.assignTo")}>
        <MenuItem
          leading={<Avatar name={agent.name} size={20} />}
          checked={assigneeId === agent.id}
          onSelect={() => onAssign(agent)}
        >
          {t("customer.assigneeYou", { name: agent.name })}
        </MenuItem>
        {others.map((other) => (
          <MenuItem
            key={other.id}
            leading={<Avatar name={other.name} size={20} />}
            checked={assigneeId === other.id}
            onSelect={() => onAssign({ id: other.id, name: other.name })}
          >
            {other.name}
          </MenuItem>
        ))}
      </MenuGroup>
      {agents.isError ? (
        <p role="alert" className="px-2 py-1 text-12 text-danger">
          {t("header.agentsFailed")}
        </p>
      ) : null}
      {assigneeId === null ? null : (
        <>
          <MenuSeparator />
          <MenuItem icon={UserX} onSelect={() => onAssign(null)}>
            {t("header.unassign")}
          </MenuItem>
        </>
      )}
    </>
  );
}

export function AssignMenu(props: AssignMenuProps) {
  const t = useTranslations("header");
  return (
    <Menu
      open={props.open}
      onOpenChange={props.onOpenChange}
      trigger={
        <button type="button" aria-label={t("assign")} title={`${t("assign")} (A)`} className={iconButtonClass()}>
          <Icon of={UserPlus} className="max-md:size-5" />
        </button>
      }
    >
      <AssignItems {...props} />
    </Menu>
  );
}

const MomentDialog = lazyModule(() => import("../../../ui/moment-dialog.tsx")).part((module) => module.MomentDialog);

export function SnoozeMenu({ onSnooze, ...state }: OpenProps & { onSnooze: (until: string) => void }) {
  const t = useTranslations("header");
  const time = useTimeText();
  const [isPicking, setPicking] = useState(false);
  return (
    <>
      <Menu
        {...state}
        trigger={
          <button type="button" aria-label={t("snooze")} title={`${t("snooze")} (S)`} className={iconButtonClass()}>
            <Icon of={Clock3} className="max-md:size-5" />
          </button>
        }
      >
        {snoozeChoices(new Date()).map(({ key, until }) => (
          <MenuItem
            key={key}
            icon={Clock3}
            detail={time.clock(until.toISOString())}
            onSelect={() => onSnooze(until.toISOString())}
          >
            {t(key)}
          </MenuItem>
        ))}
        <MenuItem icon={CalendarClock} onSelect={() => setPicking(true)}>
          {t("snoozePick")}
        </MenuItem>
      </Menu>
      {isPicking ? (
        <MomentDialog
          title={t("snooze")}
          label={t("snoozeWhen")}
          past={t("snoozePast")}
          action={t("snoozeSave")}
          initial={tomorrowMorning(new Date())}
          onClose={() => setPicking(false)}
          onChoose={onSnooze}
        />
      ) : null}
    </>
  );
}
