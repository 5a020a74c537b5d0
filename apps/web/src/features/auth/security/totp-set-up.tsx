import { useMutation } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { type ReactNode, useEffect, useState } from "react";
import { useTRPC } from "../../../trpc/provider.tsx";
import { Button } from "../../../ui/button.tsx";
import { CODE_DIGITS, CodeField } from "../../../ui/code-field.tsx";
import { CopyIconButton } from "../../../ui/copy-button.tsx";
import { cx } from "../../../ui/cx.ts";
import { Field } from "../../../ui/field.tsx";
import { QrCode } from "../../../ui/qr-code.tsx";
import { Skeleton } from "../../../ui/skeleton.tsx";
import { useErrorText } from "../../shell/use-failure-text.ts";
import { showSaved } from "./parts.tsx";
import { BackupCodes } from "./totp-codes.tsx";

type StepProps = { number: number; isNow?: boolean; title: string; children: ReactNode };

function Step({ number, isNow, title, children }: StepProps) {
  return (
    <li className="grid grid-cols-[20px_minmax(0,1fr)] gap-x-2.5">
      <span
        aria-hidden
        className={cx(
          "grid size-5 place-items-center rounded-full font-semibold text-11",
          isNow ? "bg-accent text-on-accent" : "bg-surface-4 text-fg-2",
        )}
      >
        {number}
      </span>
      <div className="min-w-0">
        <p className="font-medium">{title}</p>
        {children}
      </div>
    </li>
  );
}

/** In fours, as people read them aloud. */
const inFours = (secret: string) => secret.replace(/(.{4})(?=.)/g, "$1 ");

function Secret({ secret, uri }: { secret: string; uri: string }) {
  const t = useTranslations();
  return (
    <Step number={1} title={t("security.scan")}>
      <p className="text-12 text-muted">{t("security.scanHint")}</p>
      <div className="mt-1 flex items-center gap-1">
        <code className="rounded-1 bg-surface-3 px-1.5 py-1 font-mono text-12 tracking-wide">{inFours(secret)}</code>
        <CopyIconButton text={secret} label={t("security.copySecret")} />
      </div>
      {/* On a phone the app is on the same screen that would have to be scanned. */}
      <a href={uri} className="mt-1 inline-flex min-h-11 items-center font-medium text-accent-text md:hidden">
        {t("security.openApp")}
      </a>
    </Step>
  );
}

/** Scan, type what it shows, keep the backup codes. Nothing is asked for at sign-in before a code was right once. */
export function TotpSetUp({ onClose }: { onClose: () => void }) {
  const t = useTranslations();
  const trpc = useTRPC();
  const errorText = useErrorText();
  const [code, setCode] = useState("");
  const begin = useMutation(trpc.auth.totp.begin.mutationOptions());
  const confirm = useMutation(
    trpc.auth.totp.confirm.mutationOptions({ onSuccess: () => showSaved(t("security.totpOn")) }),
  );
  const { mutate: ask } = begin;
  useEffect(() => ask(undefined), [ask]);

  if (confirm.data) return <BackupCodes codes={confirm.data.backupCodes} onClose={onClose} />;
  if (begin.error) {
    return (
      <p role="alert" className="flex flex-wrap items-center gap-3 text-danger">
        {errorText(begin.error)}
        <Button onClick={() => ask(undefined)}>{t("common.tryAgain")}</Button>
      </p>
    );
  }
  const send = (typed: string) => typed.length === CODE_DIGITS && !confirm.isPending && confirm.mutate({ code: typed });
  return (
    <div className="grid gap-6 max-sm:justify-items-center sm:grid-cols-[168px_minmax(0,1fr)]">
      {begin.data ? <QrCode text={begin.data.uri} label={t("security.qr")} /> : <Skeleton className="size-42" />}
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          send(code);
        }}
      >
        <ol className="flex flex-col gap-3">
          {begin.data ? <Secret {...begin.data} /> : null}
          <Step number={2} isNow title={t("security.typeCode")}>
            <div className="mt-1.5">
              <Field
                bare
                label={t("security.sixDigits")}
                hint={t("security.codeHint")}
                error={errorText(confirm.error)}
              >
                {(control) => (
                  <CodeField
                    {...control}
                    value={code}
                    onChange={(typed) => {
                      confirm.reset();
                      setCode(typed);
                      send(typed);
                    }}
                  />
                )}
              </Field>
            </div>
          </Step>
          <Step number={3} title={t("security.keepTen")}>
            <p className="text-12 text-muted">{t("security.keepTenHint")}</p>
          </Step>
        </ol>
        <button type="submit" hidden />
      </form>
    </div>
  );
}
