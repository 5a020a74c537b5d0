import { disableTotpInput } from "@pult/api/auth/account/schema.ts";
import { useMutation } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { useTRPC } from "../../../trpc/provider.tsx";
import { Button, buttonClass } from "../../../ui/button.tsx";
import { CODE_DIGITS, CodeField } from "../../../ui/code-field.tsx";
import { CopyButton } from "../../../ui/copy-button.tsx";
import { Field } from "../../../ui/field.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { useErrorText } from "../../shell/use-failure-text.ts";
import { PasswordField, SecondStepField } from "../fields.tsx";
import { useSchemaForm } from "../use-schema-form.ts";
import { PanelForm, showSaved } from "./parts.tsx";

/** Both proofs once more: a page left open is not enough to weaken an account. */
export function TurnTotpOff({ onClose }: { onClose: () => void }) {
  const t = useTranslations();
  const trpc = useTRPC();
  const errorText = useErrorText();
  const form = useSchemaForm(disableTotpInput, {
    defaultValues: { password: "", code: "" },
  });
  const disable = useMutation(
    trpc.auth.totp.disable.mutationOptions({
      onSuccess: () => {
        showSaved(t("security.totpOff"));
        onClose();
      },
    }),
  );
  const { errors } = form.formState;
  return (
    <PanelForm form={form} call={disable} submitLabel={t("security.turnOff")} isDanger onClose={onClose}>
      <p>{t("security.turnOffHint")}</p>
      <PasswordField
        {...form.register("password", { onChange: () => disable.reset() })}
        label={t("security.currentPassword")}
        error={errors.password && t("signIn.passwordRequired")}
        autoFocus
      />
      <SecondStepField
        {...form.register("code", { onChange: () => disable.reset() })}
        error={(errors.code && t("signIn.codeRequired")) ?? errorText(disable.error)}
      />
    </PanelForm>
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
        <CopyButton text={text} />
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

/** Ten new codes for a code of the app; the old ones end with it. */
export function RenewBackupCodes({ onClose }: { onClose: () => void }) {
  const t = useTranslations();
  const trpc = useTRPC();
  const errorText = useErrorText();
  const [code, setCode] = useState("");
  const renew = useMutation(trpc.auth.totp.renewBackupCodes.mutationOptions());
  if (renew.data) return <BackupCodes codes={renew.data.backupCodes} onClose={onClose} />;
  return (
    <form
      noValidate
      className="flex flex-col items-start gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (code.length === CODE_DIGITS && !renew.isPending) renew.mutate({ code });
      }}
    >
      <Field label={t("security.codeOfApp")} hint={t("security.newCodesHint")} error={errorText(renew.error)}>
        {(control) => (
          <CodeField
            {...control}
            autoFocus
            value={code}
            onChange={(typed) => {
              renew.reset();
              setCode(typed);
            }}
          />
        )}
      </Field>
      <div className="flex gap-2">
        <Button type="submit" variant="primary" aria-disabled={code.length < CODE_DIGITS || renew.isPending}>
          {t("security.newCodes")}
        </Button>
        <Button onClick={onClose}>{t("common.cancel")}</Button>
      </div>
    </form>
  );
}
