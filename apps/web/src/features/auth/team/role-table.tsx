import type { RoleEntry } from "@pult/api/auth/team/schema.ts";
import { type UseQueryResult, useMutation } from "@tanstack/react-query";
import { Ellipsis, Pencil, Plus, Trash2 } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { useTRPC } from "../../../trpc/provider.tsx";
import { Button } from "../../../ui/button.tsx";
import { Chip } from "../../../ui/chip.tsx";
import { ConfirmDialog } from "../../../ui/confirm-dialog.tsx";
import { cx } from "../../../ui/cx.ts";
import { Icon } from "../../../ui/icon.tsx";
import { IconButton } from "../../../ui/icon-button.tsx";
import { lazyModule } from "../../../ui/lazy.tsx";
import { Menu, MenuItem } from "../../../ui/menu.tsx";
import { cellClass, metaCellClass, Table, WIDE_ONLY } from "../../../ui/table.tsx";
import { showToast } from "../../../ui/toast-manager.ts";
import { SectionState } from "../../settings/section.tsx";
import { useFailureToast } from "../../shell/use-failure-toast.ts";
import { useAgent, useMay } from "../agent-context.tsx";
import { useRoleHint, useRoleText, useScopeText } from "../role-text.ts";
import { mayHandOut, roleKey } from "./role-choice.ts";

const RoleSheet = lazyModule(() => import("./role-sheet.tsx")).part((module) => module.RoleSheet);

function Rights({ entry }: { entry: RoleEntry }) {
  const t = useTranslations("team");
  const scopeText = useScopeText();
  if (entry.scopes.length === 0 && entry.permissions.length === 0)
    return <span className="text-muted">{t("mayNothing")}</span>;
  return (
    <span className="flex flex-wrap gap-1 py-1">
      {entry.scopes.map((scope) => (
        <Chip key={scope}>{scope === "*" ? t("mayAll") : scopeText(scope)}</Chip>
      ))}
      {entry.permissions
        .filter((permission) => permission !== "all")
        .map((permission) => (
          <Chip key={permission}>{t(`permission.${permission}`)}</Chip>
        ))}
    </span>
  );
}

type RowProps = { entry: RoleEntry; onEdit: () => void; onRemove: () => void };

function RoleRow({ entry, onEdit, onRemove }: RowProps) {
  const t = useTranslations("team");
  const roleText = useRoleText();
  const roleHint = useRoleHint();
  const may = useMay();
  const { scopes } = useAgent();
  const name = entry.builtIn ? roleText({ roleName: entry.name }) : entry.name;
  return (
    <tr>
      <td className={cellClass("h-11 max-md:w-full max-md:max-w-0 md:w-52 md:max-w-52")}>
        <span className="block truncate font-medium" title={name}>
          {name}
        </span>
        <span className="block truncate text-12 text-muted max-md:hidden">
          {t(entry.builtIn ? "builtIn" : "ownRole")}
        </span>
        <span className="block truncate text-12 text-muted md:hidden">{roleHint(entry)}</span>
      </td>
      <td className={cx(cellClass(), WIDE_ONLY)}>
        <Rights entry={entry} />
      </td>
      <td className={cx(metaCellClass, "text-right")}>{t("memberCount", { count: entry.members })}</td>
      <td className={cellClass("w-12 text-right")}>
        {!entry.builtIn && may("auth:write") && mayHandOut(scopes, entry) ? (
          <Menu trigger={<IconButton icon={Ellipsis} label={t("actions", { name })} />}>
            <MenuItem icon={Pencil} onSelect={onEdit}>
              {t("editRole")}
            </MenuItem>
            <MenuItem icon={Trash2} danger onSelect={onRemove}>
              {t("removeRole")}
            </MenuItem>
          </Menu>
        ) : null}
      </td>
    </tr>
  );
}

function RemoveRole({ entry, onClose }: { entry: RoleEntry; onClose: () => void }) {
  const t = useTranslations();
  const trpc = useTRPC();
  const failed = useFailureToast();
  const remove = useMutation(
    trpc.auth.roles.remove.mutationOptions({
      onSuccess: () => showToast({ icon: Trash2, title: t("team.roleRemoved", { role: entry.name }) }),
      onError: failed(t("team.roleNotRemoved")),
      onSettled: onClose,
    }),
  );
  const isHeld = entry.members > 0;
  return (
    <ConfirmDialog
      isDanger={!isHeld}
      title={t("team.removeRoleTitle", { role: entry.name })}
      text={<p>{isHeld ? t("team.roleHeld", { count: entry.members }) : t("team.removeRoleText")}</p>}
      action={t(isHeld ? "common.close" : "team.removeRole")}
      isBusy={remove.isPending}
      onClose={onClose}
      onConfirm={() => (isHeld ? onClose() : remove.mutate({ id: entry.id ?? "" }))}
    />
  );
}

/** The documented four, and those that this team has named itself. */
export function RoleTable({ roles }: { roles: UseQueryResult<{ roles: RoleEntry[] }, unknown> }) {
  const t = useTranslations("team");
  const may = useMay();
  const [edited, edit] = useState<RoleEntry | "new" | null>(null);
  const [removed, remove] = useState<RoleEntry | null>(null);
  const entries = roles.data?.roles;
  if (!entries) return <SectionState error={roles.error} onRetry={() => roles.refetch()} />;
  return (
    <>
      <div className="flex min-h-11 items-center gap-3 border-line border-b px-4 py-2">
        <p className="min-w-0 flex-1 text-muted">{t("rolesAbout")}</p>
        {may("auth:write") ? (
          <Button size="sm" onClick={() => edit("new")}>
            <Icon of={Plus} size={14} />
            {t("newRole")}
          </Button>
        ) : null}
      </div>
      <Table
        columns={[{ label: t("role") }, { label: t("may"), from: "wide" }, { label: t("members"), isRight: true }]}
        last={t("actionsHead")}
      >
        {entries.map((entry) => (
          <RoleRow key={roleKey(entry)} entry={entry} onEdit={() => edit(entry)} onRemove={() => remove(entry)} />
        ))}
      </Table>
      {edited ? <RoleSheet entry={edited === "new" ? null : edited} onClose={() => edit(null)} /> : null}
      {removed ? <RemoveRole entry={removed} onClose={() => remove(null)} /> : null}
    </>
  );
}
