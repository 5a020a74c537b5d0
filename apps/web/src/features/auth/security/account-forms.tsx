import { zodResolver } from "@hookform/resolvers/zod";
import {
  changePasswordInput,
  type Passkey,
  renamePasskeyInput,
  type UpdateProfileInput,
  updateProfileInput,
} from "@pult/api/auth/account/schema.ts";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useLocale, useTranslations } from "next-intl";
import { useForm } from "react-hook-form";
import type { z } from "zod";
import { toFailure } from "../../../trpc/failure.ts";
import { useTRPC } from "../../../trpc/provider.tsx";
import { Button } from "../../../ui/button.tsx";
import { Field, Input, PasswordInput } from "../../../ui/field.tsx";
import { useFailureToast } from "../../settings/section.tsx";
import { useFailureText } from "../../shell/use-failure-text.ts";
import { useAgent } from "../agent-context.tsx";
import { useSecurityChanged } from "./parts.tsx";

/** A passkey's row while it gets another name. */
export function PasskeyName({ passkey, onClose }: { passkey: Passkey; onClose: () => void }) {
  const t = useTranslations();
  const trpc = useTRPC();
  const failed = useFailureToast();
  const changed = useSecurityChanged();
  const form = useForm<z.infer<typeof renamePasskeyInput>>({
    resolver: zodResolver(renamePasskeyInput),
    defaultValues: { id: passkey.id, name: passkey.name },
  });
  const rename = useMutation(
    trpc.auth.passkeys.rename.mutationOptions({
      onSuccess: () => {
        changed(null);
        onClose();
      },
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
  const queryClient = useQueryClient();
  const languageCode = useLocale();
  const agent = useAgent();
  const failureText = useFailureText();
  const changed = useSecurityChanged();
  const form = useForm<UpdateProfileInput>({
    resolver: zodResolver(updateProfileInput),
    values: { name: agent.name, languageCode },
  });
  const update = useMutation(
    trpc.auth.profile.update.mutationOptions({
      onSuccess: () => {
        void queryClient.invalidateQueries({ queryKey: trpc.auth.me.queryKey() });
        changed(t("security.profileSaved"));
        onClose();
      },
    }),
  );
  const { errors } = form.formState;
  const error = (errors.name && t("security.nameRequired")) ?? (update.error && failureText(toFailure(update.error)));
  return (
    <form
      noValidate
      className="flex max-w-[400px] flex-col gap-4"
      onSubmit={form.handleSubmit((input) => !update.isPending && update.mutate(input))}
    >
      <Field label={t("security.name")} hint={t("security.nameHint")} error={error ?? undefined}>
        {(control) => (
          <Input {...control} {...form.register("name")} maxLength={100} autoComplete="name" autoFocus inputSize="lg" />
        )}
      </Field>
      <div className="flex gap-2">
        <Button type="submit" variant="primary" aria-disabled={update.isPending}>
          {t("common.save")}
        </Button>
        <Button onClick={onClose}>{t("common.cancel")}</Button>
      </div>
    </form>
  );
}

/** The new password ends every other session. */
export function PasswordForm({ email, onClose }: { email: string; onClose: () => void }) {
  const t = useTranslations();
  const trpc = useTRPC();
  const failureText = useFailureText();
  const changed = useSecurityChanged();
  const form = useForm<z.infer<typeof changePasswordInput>>({
    resolver: zodResolver(changePasswordInput),
    defaultValues: { current: "", next: "" },
  });
  const change = useMutation(
    trpc.auth.password.change.mutationOptions({
      onSuccess: () => {
        changed(t("security.passwordChanged"));
        onClose();
      },
    }),
  );
  const failure = change.error ? toFailure(change.error) : null;
  const failed = failure ? failureText(failure) : undefined;
  const isAboutNew = failure?.key === "auth.passwordIsEmail" || failure?.key === "auth.passwordSame";
  const { errors } = form.formState;
  const shown = { showLabel: t("signIn.showPassword"), hideLabel: t("signIn.hidePassword") };
  return (
    <form
      noValidate
      className="flex max-w-[400px] flex-col gap-4"
      onSubmit={form.handleSubmit((input) => !change.isPending && change.mutate(input))}
    >
      {/* For password managers, which keep the new one under this name. */}
      <input type="text" readOnly hidden autoComplete="username" value={email} />
      <Field
        label={t("security.currentPassword")}
        error={(errors.current && t("signIn.passwordRequired")) ?? (isAboutNew ? undefined : failed)}
      >
        {(control) => (
          <PasswordInput
            {...control}
            {...form.register("current", { onChange: () => change.reset() })}
            {...shown}
            autoComplete="current-password"
            autoFocus
          />
        )}
      </Field>
      <Field
        label={t("security.newPassword")}
        hint={t("security.newPasswordHint")}
        error={(errors.next && t("security.passwordShort")) ?? (isAboutNew ? failed : undefined)}
      >
        {(control) => (
          <PasswordInput
            {...control}
            {...form.register("next", { onChange: () => change.reset() })}
            {...shown}
            autoComplete="new-password"
          />
        )}
      </Field>
      <p className="text-12 text-muted">{t("security.othersEnd")}</p>
      <div className="flex gap-2">
        <Button type="submit" variant="primary" aria-disabled={change.isPending}>
          {t("security.changePassword")}
        </Button>
        <Button onClick={onClose}>{t("common.cancel")}</Button>
      </div>
    </form>
  );
}
