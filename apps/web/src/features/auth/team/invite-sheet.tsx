import { email, personName } from "@pult/api/auth/account/schema.ts";
import type { Invited, RoleEntry } from "@pult/api/auth/team/schema.ts";
import { useMutation } from "@tanstack/react-query";
import { MailCheck } from "lucide-react";
import { useTranslations } from "next-intl";
import { type ReactNode, useState } from "react";
import { z } from "zod";
import { useTRPC } from "../../../trpc/provider.tsx";
import { cx } from "../../../ui/cx.ts";
import { Field, Input } from "../../../ui/field.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { Sheet } from "../../../ui/modal.tsx";
import { SheetForm, SheetOutcome } from "../../settings/sheet-form.tsx";
import { useAgent } from "../agent-context.tsx";
import { EmailField } from "../fields.tsx";
import { useRoleHint, useRoleText } from "../role-text.ts";
import { useSchemaForm } from "../use-schema-form.ts";
import { LinkField } from "./link-dialog.tsx";
import { choiceOf, mayHandOut, roleKey } from "./role-choice.ts";

type Option<T extends string> = { value: T; label: string; hint?: string; detail?: ReactNode; disabled?: boolean };

type ChoiceProps<T extends string> = {
  label: string;
  name: string;
  value: T;
  options: readonly Option<T>[];
  onChange: (value: T) => void;
};

/** One of few, each with a line about what it means. */
function Choice<T extends string>({ label, name, value, options, onChange }: ChoiceProps<T>) {
  return (
    <fieldset className="min-w-0">
      <legend className="mb-1.5 block font-medium text-12 text-fg-2">{label}</legend>
      <div className="overflow-hidden rounded-2 border border-line">
        {options.map((option) => (
          <label
            key={option.value}
            className={cx(
              "grid min-h-[52px] grid-cols-[16px_minmax(0,1fr)_auto] items-center gap-x-3 border-line px-3 py-1.5 not-first:border-t",
              "has-focus-visible:outline-2 has-focus-visible:-outline-offset-2 has-focus-visible:outline-focus",
              option.disabled ? "text-disabled" : "cursor-pointer has-checked:bg-accent-soft",
            )}
          >
            <input
              type="radio"
              name={name}
              value={option.value}
              checked={option.value === value}
              disabled={option.disabled}
              onChange={() => onChange(option.value)}
              className="m-0 size-4 appearance-none rounded-full border border-control bg-surface outline-none checked:border-[5px] checked:border-accent disabled:border-line-2 disabled:bg-surface-3"
            />
            <span className="min-w-0">
              <span className="block font-medium">{option.label}</span>
              {option.hint ? <span className="block text-12 text-muted">{option.hint}</span> : null}
            </span>
            <span className="num text-12 text-muted">{option.detail}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

const inviteFields = z.object({ email, name: personName.optional() });

type Outcome = { invited: Invited; email: string };

function InvitationShown({ outcome, onClose }: { outcome: Outcome; onClose: () => void }) {
  const t = useTranslations("team");
  const { invited, email } = outcome;
  return (
    <SheetOutcome onClose={onClose}>
      {invited.mailed ? (
        <p className="flex items-center gap-2">
          <Icon of={MailCheck} className="text-success" />
          {t("mailed", { email })}
        </p>
      ) : (
        <p className="text-fg-2">{t("handOn", { email })}</p>
      )}
      <LinkField link={invited} />
    </SheetOutcome>
  );
}

type FormProps = { roles: readonly RoleEntry[]; onClose: () => void; onInvited: (outcome: Outcome) => void };

function InviteForm({ roles, onClose, onInvited }: FormProps) {
  const t = useTranslations();
  const trpc = useTRPC();
  const roleText = useRoleText();
  const roleHint = useRoleHint();
  const { scopes } = useAgent();
  const invite = useMutation(
    trpc.auth.team.invite.mutationOptions({
      onSuccess: (invited, input) => onInvited({ invited, email: input.email }),
    }),
  );
  // A colleague who may do nothing is not invited on purpose.
  const offered = roles.filter((entry) => entry.scopes.length > 0 && mayHandOut(scopes, entry));
  const [chosen, setChosen] = useState("Moderator");
  const entry = offered.find((role) => roleKey(role) === chosen) ?? offered[0];
  const choice = choiceOf(entry);
  const form = useSchemaForm(inviteFields, {
    defaultValues: { email: "" },
  });
  const { errors } = form.formState;
  return (
    <SheetForm
      form={form}
      call={invite}
      onSend={(fields) => choice && invite.mutate({ ...fields, ...choice })}
      submitLabel={t("team.invite")}
      note={t("team.inviteNote")}
      onClose={onClose}
    >
      <EmailField
        {...form.register("email", { onChange: () => invite.reset() })}
        invalid={errors.email && form.getValues("email")}
        inputSize="md"
        autoComplete="off"
        data-first-focus
        className="max-md:h-11"
      />
      <Field label={t("team.inviteName")} hint={t("team.inviteNameHint")} error={errors.name && t("team.nameInvalid")}>
        {(control) => (
          <Input
            {...control}
            {...form.register("name", { setValueAs: (text) => text || undefined })}
            autoComplete="off"
            className="max-md:h-11"
          />
        )}
      </Field>
      <Choice
        label={t("team.role")}
        name="role"
        value={entry ? roleKey(entry) : ""}
        options={offered.map((role) => ({
          value: roleKey(role),
          label: roleText({ roleName: role.name }),
          hint: roleHint(role),
          detail: role.members,
        }))}
        onChange={setChosen}
      />
    </SheetForm>
  );
}

export function InviteSheet({ roles, onClose }: { roles: readonly RoleEntry[]; onClose: () => void }) {
  const t = useTranslations();
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  return (
    <Sheet onClose={onClose} title={t(outcome ? "team.invitedTitle" : "team.inviteTitle")}>
      {outcome ? (
        <InvitationShown outcome={outcome} onClose={onClose} />
      ) : (
        <InviteForm roles={roles} onClose={onClose} onInvited={setOutcome} />
      )}
    </Sheet>
  );
}
