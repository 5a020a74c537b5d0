import { useQuery } from "@tanstack/react-query";
import { UserPlus, UserX } from "lucide-react";
import { useTranslations } from "next-intl";
import { useTRPC } from "../../../trpc/provider.tsx";
import { Avatar } from "../../../ui/avatar.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { iconButtonClass } from "../../../ui/icon-button.tsx";
import { Menu, MenuGroup, MenuItem, MenuSeparator } from "../../../ui/menu.tsx";
import { useDesk } from "../desk-provider.tsx";

type AssignMenuProps = {
  assigneeId: string | null;
  onAssign: (assignee: { id: string; name: string } | null) => void;
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
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
