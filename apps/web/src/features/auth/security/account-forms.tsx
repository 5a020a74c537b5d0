import {
  changePasswordInput,
  type Passkey,
  renamePasskeyInput,
  updateProfileInput,
} from "@pult/api/auth/account/schema.ts";
import { useMutation } from "@tanstack/react-query";
import { useLocale, useTranslations } from "next-intl";
import { toFailure } from "../../../trpc/failure.ts";
import { useTRPC } from "../../../trpc/provider.tsx";
import { Button } from "../../../ui/button.tsx";
import { Input } from "../../../ui/field.tsx";
import { useErrorText } from "../../shell/use-failure-text.ts";
import { useFailureToast } from "../../shell/use-failure-toast.ts";
import { useAgent } from "../agent-context.tsx";
import { NameField, NewPasswordField, PasswordField } from "../fields.tsx";
import { useSchemaForm } from "../use-schema-form.ts";
import { PanelForm, showSaved } from "./parts.tsx";

/** A passkey's row while it gets another name. */
export function PasskeyName({ passkey, onClose }: { passkey: Passkey; onClose: () => void }) {
  const t = useTranslations();
  const trpc = useTRPC();
  const failed = useFailureToast();
  const form = useSchemaForm(renamePasskeyInput, {
    defaultValues: { id: passkey.id, name: passkey.name },
  });
  const rename = useMutation(
    trpc.auth.passkeys.rename.mutationOptions({
      onSuccess: onClose,
      onError: failed(t("security.notRenamed")),
    }),
  );
  return (
    <li className="border-line border-t py-1.5 pl-10">
      <form
        noValidate
        className="flex flex-wrap gap-2"
        onSubmit={form.handleSubmit((input) => !rename.isPending && rename.mutate(input))}
        onKeyDown={(event) => event.key === "Escape" && onClose()}
      >
        <Input
          {...form.register("name")}
          aria-label={t("security.passkeyName")}
          aria-invalid={form.formState.errors.name ? true : undefined}
          autoFocus
          autoComplete="off"
          className="max-w-64"
        />
        <Button type="submit" variant="primary" aria-disabled={rename.isPending}>
          {t("common.save")}
        </Button>
        <Button onClick={onClose}>{t("common.cancel")}</Button>
      </form>
    </li>
  );
}

/** A name, and with it the language of this page for the mails one gets. */
export function ProfileForm({ onClose }: { onClose: () => void }) {
  const t = useTranslations();
  const trpc = useTRPC();
  const languageCode = useLocale();
  const agent = useAgent();
  const errorText = useErrorText();
  const form = useSchemaForm(updateProfileInput, {
    values: { name: agent.name, languageCode },
  });
  const update = useMutation(
    trpc.auth.profile.update.mutationOptions({
      onSuccess: () => {
        showSaved(t("security.profileSaved"));
        onClose();
      },
    }),
  );
  return (
    <PanelForm form={form} call={update} submitLabel={t("common.save")} onClose={onClose}>
      <NameField
        {...form.register("name")}
        isMissing={form.formState.errors.name !== undefined}
        error={errorText(update.error)}
        autoFocus
      />
    </PanelForm>
  );
}

/** The new password ends every other session. */
export function PasswordForm({ email, onClose }: { email: string; onClose: () => void }) {
  const t = useTranslations();
  const trpc = useTRPC();
  const errorText = useErrorText();
  const form = useSchemaForm(changePasswordInput, {
    defaultValues: { current: "", next: "" },
  });
  const change = useMutation(
    trpc.auth.password.change.mutationOptions({
      onSuccess: () => {
        showSaved(t("security.passwordChanged"));
        onClose();
      },
    }),
  );
  const key = change.error && toFailure(change.error).key;
  const isAboutNew = key === "auth.passwordIsEmail" || key === "auth.passwordSame";
  const failed = errorText(change.error);
  const { errors } = form.formState;
  return (
    <PanelForm form={form} call={change} submitLabel={t("security.changePassword")} onClose={onClose}>
      {/* For password managers, which keep the new one under this name. */}
      <input type="text" readOnly hidden autoComplete="username" value={email} />
      <PasswordField
        {...form.register("current", { onChange: () => change.reset() })}
        label={t("security.currentPassword")}
        error={(errors.current && t("signIn.passwordRequired")) ?? (isAboutNew ? undefined : failed)}
        autoFocus
      />
      <NewPasswordField
        {...form.register("next", { onChange: () => change.reset() })}
        label={t("security.newPassword")}
        error={(errors.next && t("security.passwordShort")) ?? (isAboutNew ? failed : undefined)}
      />
      <p className="text-12 text-muted">{t("security.othersEnd")}</p>
    </PanelForm>
  );
}
