import { zodResolver } from "@hookform/resolvers/zod";
import { disableTotpInput } from "@pult/api/auth/account/schema.ts";
import { useMutation } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { useForm } from "react-hook-form";
import type { z } from "zod";
import { toFailure } from "../../../trpc/failure.ts";
import { useTRPC } from "../../../trpc/provider.tsx";
import { Button, buttonClass } from "../../../ui/button.tsx";
import { CodeField } from "../../../ui/code-field.tsx";
import { CopyButton } from "../../../ui/copy-button.tsx";
import { Field, Input, PasswordInput } from "../../../ui/field.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { useFailureText } from "../../shell/use-failure-text.ts";
import { useSecurityChanged } from "./parts.tsx";

/** Both proofs once more: a page left open is not enough to weaken an account. */
export function TurnTotpOff({ onClose }: { onClose: () => void }) {
  const t = useTranslations();
  const trpc = useTRPC();
  const failureText = useFailureText();
  const changed = useSecurityChanged();
  const form = useForm<z.infer<typeof disableTotpInput>>({
    resolver: zodResolver(disableTotpInput),
    defaultValues: { password: "", code: "" },
  });
  const disable = useMutation(
    trpc.auth.totp.disable.mutationOptions({
      onSuccess: () => {
        changed(t("security.totpOff"));
        onClose();
      },
    }),
  );
  const failure = disable.error ? toFailure(disable.error) : null;
  const { errors } = form.formState;
  return (
    <form
      noValidate
      className="flex max-w-[400px] flex-col gap-4"
      onSubmit={form.handleSubmit((input) => !disable.isPending && disable.mutate(input))}
    >
      <p>{t("security.turnOffHint")}</p>
      <Field label={t("security.currentPassword")} error={errors.password && t("signIn.passwordRequired")}>
        {(control) => (
          <PasswordInput
            {...control}
            {...form.register("password", { onChange: () => disable.reset() })}
            showLabel={t("signIn.showPassword")}
            hideLabel={t("signIn.hidePassword")}
            autoComplete="current-password"
            autoFocus
          />
        )}
      </Field>
      <Field
        label={t("signIn.code")}
        hint={t("signIn.codeHint")}
        error={(errors.code && t("signIn.codeRequired")) ?? (failure ? failureText(failure) : undefined)}
      >
        {(control) => (
          <Input
            {...control}
            {...form.register("code", { onChange: () => disable.reset() })}
            inputSize="lg"
            autoComplete="one-time-code"
            autoCapitalize="none"
            spellCheck={false}
          />
        )}
      </Field>
      <div className="flex gap-2">
        <Button type="submit" variant="danger" aria-disabled={disable.isPending}>
          {t("security.turnOff")}
        </Button>
        <Button onClick={onClose}>{t("common.cancel")}</Button>
      </div>
    </form>
  );
}

/** Shown once; the button that closes them confirms that they are saved. */
export function BackupCodes({ codes, onClose }: { codes: readonly string[]; onClose: () => void }) {
  const t = useTranslations();
  const text = `${codes.join("\n")}\n`;
  const file = `data:text/plain;charset=utf-8,${encodeURIComponent(`${t("security.codesFile", { host: location.host })}\n\n${text}`)}`;
  return (
    <section aria-label={t("security.backupCodes")} className="max-w-[520px]">
      <p className="font-medium">{t("security.keepCodes")}</p>
      <p className="text-12 text-muted">{t("security.keepCodesHint")}</p>
      <ul className="my-3 grid grid-cols-2 gap-x-6 gap-y-1 rounded-2 border border-line bg-surface px-4 py-3 font-mono text-14 sm:grid-cols-[auto_auto] sm:justify-start">
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <div className="flex flex-wrap gap-2">
        <CopyButton text={text} label={t("common.copy")} copiedLabel={t("common.copied")} />
        <a href={file} download="pult-backup-codes.txt" className={buttonClass()}>
          <Icon of={Download} />
          {t("common.download")}
        </a>
        <Button variant="primary" onClick={onClose}>
          {t("security.codesKept")}
        </Button>
      </div>
    </section>
  );
}

const DIGITS = 6;

/** Ten new codes for a code of the app; the old ones end with it. */
export function RenewBackupCodes({ onClose }: { onClose: () => void }) {
  const t = useTranslations();
  const trpc = useTRPC();
  const failureText = useFailureText();
  const changed = useSecurityChanged();
  const [code, setCode] = useState("");
  const renew = useMutation(trpc.auth.totp.renewBackupCodes.mutationOptions({ onSuccess: () => changed(null) }));
  if (renew.data) return <BackupCodes codes={renew.data.backupCodes} onClose={onClose} />;
  const failure = renew.error ? toFailure(renew.error) : null;
  return (
    <form
      noValidate
      className="flex flex-col items-start gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (code.length === DIGITS && !renew.isPending) renew.mutate({ code });
      }}
    >
      <Field
        label={t("security.codeOfApp")}
        hint={t("security.newCodesHint")}
        error={failure ? failureText(failure) : undefined}
      >
        {(control) => (
          <CodeField
            {...control}
            autoFocus
            value={code}
            length={DIGITS}
            onChange={(typed) => {
              renew.reset();
              setCode(typed);
            }}
          />
        )}
      </Field>
      <div className="flex gap-2">
        <Button type="submit" variant="primary" aria-disabled={code.length < DIGITS || renew.isPending}>
          {t("security.newCodes")}
        </Button>
        <Button onClick={onClose}>{t("common.cancel")}</Button>
      </div>
    </form>
  );
}
