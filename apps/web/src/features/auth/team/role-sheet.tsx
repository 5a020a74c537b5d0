import { type CreateRoleInput, createRoleInput, type RoleEntry } from "@pult/api/auth/team/schema.ts";
import { useMutation } from "@tanstack/react-query";
import { Check } from "lucide-react";
import { useTranslations } from "next-intl";
import { useId } from "react";
import { useTRPC } from "../../../trpc/provider.tsx";
import { Field, Input } from "../../../ui/field.tsx";
import { Sheet } from "../../../ui/modal.tsx";
import { Checkbox } from "../../../ui/switch.tsx";
import { showToast } from "../../../ui/toast-manager.ts";
import { SheetForm } from "../../settings/sheet-form.tsx";
import { useAgent } from "../agent-context.tsx";
import { ScopeGrid } from "../scope-grid.tsx";
import { useSchemaForm } from "../use-schema-form.ts";

const PERMISSIONS = ["mute", "warn"] as const;
type Permissions = CreateRoleInput["permissions"];

function PermissionChecks({ value, onChange }: { value: Permissions; onChange: (next: Permissions) => void }) {
  const t = useTranslations("team");
  const { permissions } = useAgent();
  const id = useId();
  const offered = PERMISSIONS.filter((name) => permissions.includes("all") || permissions.includes(name));
  if (offered.length === 0) return null;
  return (
    <fieldset className="min-w-0">
      <legend className="font-medium text-12 text-fg-2">{t("groups")}</legend>
      <p className="mb-1 text-12 text-muted">{t("groupsHint")}</p>
      {offered.map((name) => (
        <label
          key={name}
          htmlFor={`${id}-${name}`}
          className="flex min-h-9 cursor-pointer items-center gap-1 max-md:min-h-11"
        >
          <Checkbox
            id={`${id}-${name}`}
            className="-ml-2"
            checked={value.includes(name)}
            onChange={(checked) => onChange(checked ? [...value, name] : value.filter((held) => held !== name))}
          />
          {t(`permission.${name}`)}
        </label>
      ))}
    </fieldset>
  );
}

function useSaveRole(entry: RoleEntry | null, onSaved: () => void) {
  const t = useTranslations("team");
  const trpc = useTRPC();
  const onSuccess = (_answer: unknown, input: CreateRoleInput) => {
    showToast({ icon: Check, title: t("roleSaved", { role: input.name }) });
    onSaved();
  };
  const create = useMutation(trpc.auth.roles.create.mutationOptions({ onSuccess }));
  const update = useMutation(trpc.auth.roles.update.mutationOptions({ onSuccess }));
  const id = entry?.id ?? null;
  return {
    error: create.error ?? update.error,
    isPending: create.isPending || update.isPending,
    save: (input: CreateRoleInput) => (id === null ? create.mutate(input) : update.mutate({ ...input, id })),
  };
}

/** A role of one's own: a name, and what its holders may do. Changes hold at once, for everybody who has it. */
export function RoleSheet({ entry, onClose }: { entry: RoleEntry | null; onClose: () => void }) {
  const t = useTranslations();
  const { save, ...call } = useSaveRole(entry, onClose);
  const form = useSchemaForm(createRoleInput, {
    defaultValues: {
      name: entry?.name ?? "",
      permissions: entry?.permissions ?? [],
      scopes: entry?.scopes ?? [],
    },
  });
  const [scopes, permissions] = form.watch(["scopes", "permissions"]);
  return (
    <Sheet onClose={onClose} title={t(entry ? "team.editRoleTitle" : "team.newRoleTitle")}>
      <SheetForm
        form={form}
        call={call}
        onSend={save}
        submitLabel={t("common.save")}
        note={entry && entry.members > 0 ? t("team.roleHolds", { count: entry.members }) : undefined}
        onClose={onClose}
      >
        <Field label={t("team.roleName")} error={form.formState.errors.name && t("team.roleNameInvalid")}>
          {(control) => (
            <Input
              {...control}
              {...form.register("name")}
              maxLength={50}
              autoComplete="off"
              data-first-focus
              className="max-md:h-11"
            />
          )}
        </Field>
        <ScopeGrid value={scopes} onChange={(next) => form.setValue("scopes", next)} />
        <PermissionChecks value={permissions} onChange={(next) => form.setValue("permissions", next)} />
      </SheetForm>
    </Sheet>
  );
}
