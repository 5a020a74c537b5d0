"use client";

import { useMutation } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { toFailure } from "../../../trpc/failure.ts";
import { useTRPC } from "../../../trpc/provider.tsx";
import { Button } from "../../../ui/button.tsx";
import { CodeField } from "../../../ui/code-field.tsx";
import { Field } from "../../../ui/field.tsx";
import { useFailureText } from "../../shell/use-failure-text.ts";
import { BackupCodes } from "./backup-codes.tsx";
import { useSecurityChanged } from "./use-security-changed.ts";

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
