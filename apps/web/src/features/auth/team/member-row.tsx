"use client";

import type { MadeLink, RoleEntry, TeamMember } from "@pult/api/auth/team/schema.ts";
import { Check, ChevronDown, CircleAlert, Ellipsis, KeyRound, LogOut, UserCheck, UserX } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { Avatar } from "../../../ui/avatar.tsx";
import { Button } from "../../../ui/button.tsx";
import { cx } from "../../../ui/cx.ts";
import { Dot } from "../../../ui/dot.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { IconButton } from "../../../ui/icon-button.tsx";
import { Menu, MenuGroup, MenuItem, MenuSeparator } from "../../../ui/menu.tsx";
import { cellClass, metaCellClass, WIDE_ONLY, WIDEST_ONLY } from "../../../ui/table.ts";
import { useMedia } from "../../../ui/use-media.ts";
import { useTimeText } from "../../support/use-time-text.ts";
import { useAgent } from "../agent-context.tsx";
import { useRoleText } from "../role-text.ts";
import { useMay } from "../use-may.ts";
import { KeepOutDialog } from "./keep-out-dialog.tsx";
import { keyOfHolder, mayHandOut, roleKey } from "./role-choice.ts";
import { useTeamActions } from "./use-team-actions.ts";

type MemberProps = { member: TeamMember; roles: readonly RoleEntry[] };
type Actions = ReturnType<typeof useTeamActions>;

/** What the reader may do with a member: nothing with those who hold more than he does. */
function usePowers({ member, roles }: MemberProps) {
  const { id, scopes } = useAgent();
  const may = useMay();
  const offered = roles.filter((entry) => mayHandOut(scopes, entry));
  const isSelf = member.id === id;
  const mayTouch = may("auth:write") && offered.some((entry) => roleKey(entry) === keyOfHolder(member));
  return { isSelf, mayTouch, offered };
}

function RoleItems({
  member,
  offered,
  actions,
}: {
  member: TeamMember;
  offered: readonly RoleEntry[];
  actions: Actions;
}) {
  const roleText = useRoleText();
  return offered.map((entry) => (
    <MenuItem
      key={roleKey(entry)}
      checked={roleKey(entry) === keyOfHolder(member)}
      onSelect={() => roleKey(entry) !== keyOfHolder(member) && actions.setRole(entry, offered)}
    >
      {roleText({ roleName: entry.name })}
    </MenuItem>
  ));
}

function ProofText({ member }: { member: TeamMember }) {
  const t = useTranslations("team.proof");
  const { totpEnabled, passkeys } = member;
  const words = [passkeys > 0 ? t("passkey") : null, totpEnabled ? t("totp") : null].filter(Boolean).join(", ");
  return (
    <span className={cx("flex items-center gap-1.5", !member.disabledAt && (words ? "text-success" : "text-warning"))}>
      <Icon of={words ? Check : CircleAlert} size={14} />
      {words || t("passwordOnly")}
    </span>
  );
}

/** Whoever looks is there, also when the list was made before his page was connected. */
function stateOf({ disabledAt, isOnline }: TeamMember, isSelf: boolean): "disabled" | "online" | "offline" {
  if (disabledAt) return "disabled";
  return isOnline || isSelf ? "online" : "offline";
}

/** What is about his access, for whoever is not himself. */
function AccessItems({ member, actions, onKeepOut }: { member: TeamMember; actions: Actions; onKeepOut: () => void }) {
  const t = useTranslations("team");
  if (member.disabledAt) {
    return (
      <MenuItem icon={UserCheck} onSelect={actions.letIn}>
        {t("enable")}
      </MenuItem>
    );
  }
  return (
    <>
      <MenuItem icon={KeyRound} onSelect={actions.makeResetLink}>
        {t("resetLink")}
      </MenuItem>
      <MenuItem icon={LogOut} onSelect={actions.endSessions}>
        {t("endSessions")}
      </MenuItem>
      <MenuItem icon={UserX} danger onSelect={onKeepOut}>
        {t("disable")}
      </MenuItem>
    </>
  );
}

function MemberMenu({ member, roles, actions }: MemberProps & { actions: Actions }) {
  const t = useTranslations("team");
  const isNarrow = useMedia("(max-width: 59.99rem)");
  const { isSelf, offered } = usePowers({ member, roles });
  const [isAsking, setAsking] = useState(false);
  if (isSelf && !isNarrow) return null;
  return (
    <>
      <Menu trigger={<IconButton icon={Ellipsis} label={t("actions", { name: member.name })} />}>
        {isNarrow ? (
          <MenuGroup label={t("role")}>
            <RoleItems member={member} offered={offered} actions={actions} />
          </MenuGroup>
        ) : null}
        {isNarrow && !isSelf ? <MenuSeparator /> : null}
        {isSelf ? null : <AccessItems member={member} actions={actions} onKeepOut={() => setAsking(true)} />}
      </Menu>
      {isAsking ? (
        <KeepOutDialog
          name={member.name}
          isBusy={actions.isChangingAccess}
          onClose={() => setAsking(false)}
          onConfirm={() => void actions.keepOut().then(() => setAsking(false))}
        />
      ) : null}
    </>
  );
}

function RoleCell({ member, roles, actions }: MemberProps & { actions: Actions }) {
  const t = useTranslations("team");
  const roleText = useRoleText();
  const { mayTouch, offered } = usePowers({ member, roles });
  if (!mayTouch || member.disabledAt) return <span className="px-2">{roleText(member)}</span>;
  return (
    <Menu
      align="start"
      trigger={
        <Button size="sm" aria-label={t("roleOf", { name: member.name, role: roleText(member) })}>
          {roleText(member)}
          <Icon of={ChevronDown} size={12} />
        </Button>
      }
    >
      <RoleItems member={member} offered={offered} actions={actions} />
    </Menu>
  );
}

export function MemberRow({ member, roles, onLink }: MemberProps & { onLink: (link: MadeLink) => void }) {
  const t = useTranslations("team");
  const time = useTimeText();
  const roleText = useRoleText();
  const actions = useTeamActions(member, onLink);
  const { isSelf, mayTouch } = usePowers({ member, roles });
  const { name, email, lastSeenAt } = member;
  const state = stateOf(member, isSelf);
  return (
    <tr className={cx(state === "disabled" && "text-muted")}>
      <td className={cellClass("h-11 max-w-0 max-md:w-full md:w-[34%]")}>
        <span className="flex min-w-0 items-center gap-3">
          <Avatar name={name} size={28} online={state === "online"} />
          <span className="min-w-0">
            <span className="block truncate font-medium">
              {name} {isSelf ? <span className="font-normal text-12 text-muted">{t("you")}</span> : null}
            </span>
            <span className="block truncate text-12 text-muted max-md:hidden" title={email}>
              {email}
            </span>
            <span className="block truncate text-12 text-muted md:hidden">
              {roleText(member)} · {t(`is.${state}`)}
            </span>
          </span>
        </span>
      </td>
      <td className={cx(cellClass(), WIDE_ONLY, "-ml-2")}>
        <RoleCell member={member} roles={roles} actions={actions} />
      </td>
      <td className={cx(cellClass("whitespace-nowrap"), WIDEST_ONLY)}>
        <ProofText member={member} />
      </td>
      <td className={cx(metaCellClass, WIDE_ONLY)} title={lastSeenAt ? time.full(lastSeenAt) : undefined}>
        {lastSeenAt ? time.moment(lastSeenAt) : t("never")}
      </td>
      <td className={cx(cellClass("whitespace-nowrap"), WIDE_ONLY)}>
        <span className="flex items-center gap-1.5">
          <Dot tone={state === "online" ? "success" : "hollow"} />
          {t(`is.${state}`)}
        </span>
      </td>
      <td className={cellClass("w-12 text-right")}>
        {mayTouch ? <MemberMenu member={member} roles={roles} actions={actions} /> : null}
      </td>
    </tr>
  );
}
