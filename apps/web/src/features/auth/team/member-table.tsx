import type { MadeLink, RoleEntry, TeamMember } from "@pult/api/auth/team/schema.ts";
import type { UseQueryResult } from "@tanstack/react-query";
import { Check, ChevronDown, CircleAlert, Ellipsis, KeyRound, LogOut, SearchX, UserCheck, UserX } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { Avatar } from "../../../ui/avatar.tsx";
import { Button } from "../../../ui/button.tsx";
import { ConfirmDialog } from "../../../ui/confirm-dialog.tsx";
import { cx } from "../../../ui/cx.ts";
import { EmptyState } from "../../../ui/empty-state.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { IconButton } from "../../../ui/icon-button.tsx";
import { lazyModule } from "../../../ui/lazy.tsx";
import { Dot } from "../../../ui/marks.tsx";
import { Menu, MenuGroup, MenuItem, MenuSeparator } from "../../../ui/menu.tsx";
import { cellClass, metaCellClass, Table, WIDE_ONLY, WIDEST_ONLY } from "../../../ui/table.tsx";
import { useMedia } from "../../../ui/use-browser.ts";
import { SectionState } from "../../settings/section.tsx";
import { useAgent, useMay } from "../agent-context.tsx";
import { useRoleText } from "../role-text.ts";
import { keyOfHolder, mayHandOut, roleKey } from "./role-choice.ts";
import { useTeamActions } from "./use-team-actions.ts";

const LinkDialog = lazyModule(() => import("./link-dialog.tsx")).part((module) => module.LinkDialog);

type MemberTableProps = {
  team: UseQueryResult<{ team: TeamMember[] }, unknown>;
  roles: readonly RoleEntry[];
  search: string;
};

type Shown = { name: string; link: MadeLink };

const matches = (member: TeamMember, search: string) =>
  `${member.name} ${member.email} ${member.roleName}`.toLowerCase().includes(search.trim().toLowerCase());

/** Everybody who is or was an agent, by name. */
export function MemberTable({ team, roles, search }: MemberTableProps) {
  const t = useTranslations("team");
  const [shown, setShown] = useState<Shown | null>(null);
  const members = team.data?.team.filter((member) => matches(member, search));
  if (!members) return <SectionState error={team.error} onRetry={() => team.refetch()} />;
  if (members.length === 0) return <EmptyState icon={SearchX} title={t("notFound", { query: search })} role="status" />;
  return (
    <>
      <Table
        columns={[
          { label: t("member") },
          { label: t("role"), from: "wide" },
          { label: t("signIn"), from: "widest" },
          { label: t("lastSeen"), from: "wide" },
          { label: t("state"), from: "wide" },
        ]}
        last={t("actionsHead")}
      >
        {members.map((member) => (
          <MemberRow
            key={member.id}
            member={member}
            roles={roles}
            onLink={(link) => setShown({ name: member.name, link })}
          />
        ))}
      </Table>
      {shown ? (
        <LinkDialog
          title={t("resetTitle", { name: shown.name })}
          text={t("resetText")}
          link={shown.link}
          onClose={() => setShown(null)}
        />
      ) : null}
    </>
  );
}

type KeepOutProps = { name: string; isBusy: boolean; onClose: () => void; onConfirm: () => void };

/** Reactivation restores none of it, so it asks first. */
function KeepOutDialog({ name, ...rest }: KeepOutProps) {
  const t = useTranslations();
  return (
    <ConfirmDialog
      {...rest}
      isDanger
      title={t("team.disableTitle", { name })}
      text={
        <>
          <p>{t("team.disableEnds")}</p>
          <ul className="my-2 list-disc space-y-1 pl-5">
            <li>{t("team.disableSessions")}</li>
            <li>{t("team.disableLinks")}</li>
            <li>{t("team.disableKeys")}</li>
          </ul>
          <p>{t("team.disableAfter")}</p>
        </>
      }
      action={t("team.disable")}
    />
  );
}

type MemberProps = { member: TeamMember; roles: readonly RoleEntry[] };
type Actions = ReturnType<typeof useTeamActions>;

/** What the reader may do with a member: nothing with members who hold more. */
function usePowers({ member, roles }: MemberProps) {
  const { id, scopes } = useAgent();
  const may = useMay();
  const offered = roles.filter((entry) => mayHandOut(scopes, entry));
  const isSelf = member.id === id;
  const mayTouch = may("auth:write") && offered.some((entry) => roleKey(entry) === keyOfHolder(member));
  return { isSelf, mayTouch, offered };
}

type RoleItemsProps = { member: TeamMember; offered: readonly RoleEntry[]; actions: Actions };

function RoleItems({ member, offered, actions }: RoleItemsProps) {
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

/** The reader is online, even when the list was read before the page was connected. */
function stateOf({ disabledAt, isOnline }: TeamMember, isSelf: boolean): "disabled" | "online" | "offline" {
  if (disabledAt) return "disabled";
  return isOnline || isSelf ? "online" : "offline";
}

/** Access actions, for every member but the reader. */
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
