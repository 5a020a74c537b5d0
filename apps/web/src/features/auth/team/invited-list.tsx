import type { Invitation, Invited } from "@pult/api/auth/team/schema.ts";
import { type UseQueryResult, useMutation } from "@tanstack/react-query";
import { Ellipsis, Link2, Mail, Trash2, UserPlus } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { useTRPC } from "../../../trpc/provider.tsx";
import { Button } from "../../../ui/button.tsx";
import { cx } from "../../../ui/cx.ts";
import { EmptyState } from "../../../ui/empty-state.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { IconButton } from "../../../ui/icon-button.tsx";
import { lazyModule } from "../../../ui/lazy.tsx";
import { Menu, MenuItem } from "../../../ui/menu.tsx";
import { cellClass, metaCellClass, Table, WIDE_ONLY } from "../../../ui/table.tsx";
import { showToast } from "../../../ui/toast-manager.ts";
import { SectionState } from "../../settings/section.tsx";
import { useFailureToast } from "../../shell/use-failure-toast.ts";
import { useMay } from "../agent-context.tsx";
import { useRoleText } from "../role-text.ts";

const LinkDialog = lazyModule(() => import("./link-dialog.tsx")).part((module) => module.LinkDialog);

type RowProps = { invitation: Invitation; onLink: (made: Invited) => void };

function useInvitationActions({ invitation, onLink }: RowProps) {
  const t = useTranslations("team");
  const trpc = useTRPC();
  const failed = useFailureToast();
  const again = useMutation(trpc.auth.team.invite.mutationOptions({ onSuccess: onLink, onError: failed(t("noLink")) }));
  const withdraw = useMutation(
    trpc.auth.team.revokeInvitation.mutationOptions({
      onSuccess: () => showToast({ icon: Trash2, title: t("withdrawn", { email: invitation.email }) }),
      onError: failed(t("notChanged")),
    }),
  );
  const { id, email, name, role, customRoleId } = invitation;
  return {
    isBusy: again.isPending || withdraw.isPending,
    // A link is never stored: another one takes its place.
    newLink: () => again.mutate({ email, ...(name ? { name } : {}), ...(customRoleId ? { customRoleId } : { role }) }),
    withdraw: () => withdraw.mutate({ id }),
  };
}

function InvitedRow(props: RowProps) {
  const { invitation } = props;
  const t = useTranslations("team");
  const time = useTimeText();
  const roleText = useRoleText();
  const mayWrite = useMay()("auth:write");
  const { newLink, withdraw, isBusy } = useInvitationActions(props);
  const { email, name, invitedBy, createdAt, expiresAt } = invitation;
  const isOver = Date.parse(expiresAt) <= Date.now();
  const until = t(isOver ? "expiredAt" : "validUntil", { time: time.moment(expiresAt) });
  return (
    <tr>
      <td className={cellClass("h-11 max-w-0 max-md:w-full md:w-[38%]")}>
        <span className="flex min-w-0 items-center gap-3">
          <span className="grid size-7 shrink-0 place-items-center rounded-full bg-surface-4 text-fg-2">
            <Icon of={Mail} size={14} />
          </span>
          <span className="min-w-0">
            <span className="block truncate font-medium" title={email}>
              {name ? `${name}, ${email}` : email}
            </span>
            <span className="block truncate text-12 text-muted max-md:hidden">
              {invitedBy ? t("invitedBy", { name: invitedBy }) : t("invitedAt", { date: time.date(createdAt) })}
            </span>
            <span className={cx("block truncate text-12 md:hidden", isOver ? "text-danger" : "text-muted")}>
              {roleText(invitation)} · {until}
            </span>
          </span>
        </span>
      </td>
      <td className={cx(metaCellClass, WIDE_ONLY)}>{roleText(invitation)}</td>
      <td className={cx(metaCellClass, WIDE_ONLY, isOver && "text-danger")} title={time.full(expiresAt)}>
        {until}
      </td>
      <td className={cellClass("w-px whitespace-nowrap text-right")}>
        {mayWrite ? (
          <span className="inline-flex items-center gap-1">
            <Button size="sm" aria-disabled={isBusy} onClick={() => !isBusy && newLink()} className="max-sm:hidden">
              {t("newLink")}
            </Button>
            <Menu trigger={<IconButton icon={Ellipsis} label={t("actions", { name: email })} />}>
              <MenuItem icon={Link2} onSelect={newLink}>
                {t("newLink")}
              </MenuItem>
              <MenuItem icon={Trash2} danger onSelect={withdraw}>
                {t("withdraw")}
              </MenuItem>
            </Menu>
          </span>
        ) : null}
      </td>
    </tr>
  );
}

type InvitedListProps = {
  invited: UseQueryResult<{ invitations: Invitation[] }, unknown>;
  onInvite: () => void;
};

/** Who was asked in and has not come yet. */
export function InvitedList({ invited, onInvite }: InvitedListProps) {
  const t = useTranslations("team");
  const mayWrite = useMay()("auth:write");
  const [shown, setShown] = useState<{ email: string; made: Invited } | null>(null);
  const invitations = invited.data?.invitations;
  if (!invitations) return <SectionState error={invited.error} onRetry={() => invited.refetch()} />;
  if (invitations.length === 0) {
    return (
      <EmptyState icon={UserPlus} title={t("nobodyInvited")} hint={t("nobodyInvitedHint")}>
        {mayWrite ? (
          <Button variant="primary" onClick={onInvite}>
            {t("invite")}
          </Button>
        ) : null}
      </EmptyState>
    );
  }
  return (
    <>
      <Table
        columns={[{ label: t("invitee") }, { label: t("role"), from: "wide" }, { label: t("link"), from: "wide" }]}
        last={t("actionsHead")}
      >
        {invitations.map((invitation) => (
          <InvitedRow
            key={invitation.id}
            invitation={invitation}
            onLink={(made) => setShown({ email: invitation.email, made })}
          />
        ))}
      </Table>
      {shown ? (
        <LinkDialog
          title={t("newLinkTitle")}
          text={t(shown.made.mailed ? "mailed" : "handOn", { email: shown.email })}
          link={shown.made}
          onClose={() => setShown(null)}
        />
      ) : null}
    </>
  );
}
