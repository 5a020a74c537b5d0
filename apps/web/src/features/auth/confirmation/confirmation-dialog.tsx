import { confirmInput } from "@pult/api/auth/account/schema.ts";
import { useMutation, useQuery } from "@tanstack/react-query";
import { KeyRound } from "lucide-react";
import { useTranslations } from "next-intl";
import { useRef } from "react";
import { useTRPC, useTRPCClient } from "../../../trpc/provider.tsx";
import { Button } from "../../../ui/button.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { Dialog, QUESTION_CLASS } from "../../../ui/modal.tsx";
import { PasswordField, SecondStepField } from "../fields.tsx";
import { signInAgainPath } from "../leave.ts";
import { useProof } from "../sign-in/use-proof.ts";
import { useSchemaForm } from "../use-schema-form.ts";
import { showPasskey, useCeremonyText, useWebAuthn } from "../web-authn.ts";

/** The device shows that it is its owner. */
function useConfirmByPasskey(onConfirmed: () => void) {
  const client = useTRPCClient();
  return useMutation({
    mutationFn: async () => {
      const { challenge, options } = await client.auth.passkeys.signInOptions.mutate({});
      const response = await showPasskey(options);
      await client.auth.passkeys.confirm.mutate({ challenge, response });
    },
    onSuccess: onConfirmed,
  });
}

type Answer = { onAnswer: (has: boolean) => void };

/** Password, and a code where one signs in with it. */
function ByPassword({ onAnswer, hasTotp }: Answer & { hasTotp: boolean }) {
  const t = useTranslations();
  const trpc = useTRPC();
  const confirm = useMutation(trpc.auth.confirm.mutationOptions({ onSuccess: () => onAnswer(true) }));
  const proof = useProof(confirm, confirm.variables?.code !== undefined);
  const form = useSchemaForm(confirmInput, { defaultValues: { password: "" } });
  const { errors } = form.formState;
  const needsCode = hasTotp || proof.needsCode;
  const isAboutCode = needsCode && proof.failure?.key !== "auth.passwordWrong";
  const isBusy = confirm.isPending || proof.isBlocked;
  return (
    <form
      noValidate
      className="flex flex-col gap-4"
      onSubmit={form.handleSubmit((input) => !isBusy && confirm.mutate(input))}
    >
      <PasswordField
        {...form.register("password", { onChange: () => confirm.reset() })}
        label={t("security.currentPassword")}
        error={(errors.password && t("signIn.passwordRequired")) ?? (isAboutCode ? undefined : proof.text)}
        data-first-focus
      />
      {needsCode ? (
        <SecondStepField
          {...form.register("code", {
            onChange: () => confirm.reset(),
            setValueAs: (typed: string | undefined) => typed || undefined,
          })}
          error={(errors.code && t("signIn.codeRequired")) ?? (isAboutCode ? proof.text : undefined)}
        />
      ) : null}
      <div className="flex justify-end gap-2">
        <Button onClick={() => onAnswer(false)}>{t("common.cancel")}</Button>
        <Button type="submit" variant="primary" aria-disabled={isBusy}>
          {t("confirmation.confirm")}
        </Button>
      </div>
    </form>
  );
}

function ByPasskey({ onAnswer }: Answer) {
  const t = useTranslations();
  const { mutate: confirm, isPending, error } = useConfirmByPasskey(() => onAnswer(true));
  const text = useCeremonyText()(error);
  return (
    <div>
      <Button className="w-full" aria-disabled={isPending} onClick={() => !isPending && confirm()}>
        <Icon of={KeyRound} />
        {t(isPending ? "security.waitingForDevice" : "confirmation.byPasskey")}
      </Button>
      {text ? (
        <p role="alert" className="mt-1 text-12 text-danger">
          {text}
        </p>
      ) : null}
    </div>
  );
}

/** Asks the agent to re-authenticate before the call goes on. */
export function ConfirmationDialog({ onAnswer }: Answer) {
  const t = useTranslations();
  const trpc = useTRPC();
  const hasWebAuthn = useWebAuthn();
  const { data } = useQuery(trpc.auth.security.queryOptions());
  // One answer, whatever closes the dialog in the meantime.
  const isAnswered = useRef(false);
  const answer = (has: boolean) => {
    if (isAnswered.current) return;
    isAnswered.current = true;
    onAnswer(has);
  };
  return (
    <Dialog onClose={() => answer(false)} title={t("confirmation.title")} className={QUESTION_CLASS}>
      <div className="scroll-pane flex min-h-0 flex-col gap-4 px-6 pt-4 pb-5">
        <p className="text-14 text-fg-2">{t("confirmation.text")}</p>
        <ByPassword onAnswer={answer} hasTotp={(data?.totp.enabledAt ?? null) !== null} />
        {hasWebAuthn && data && data.passkeys.length > 0 ? <ByPasskey onAnswer={answer} /> : null}
        <p className="text-12 text-muted">
          {t("confirmation.otherwise")}{" "}
          <a href={signInAgainPath()} className="font-medium text-accent-text hover:underline">
            {t("confirmation.signInAgain")}
          </a>
        </p>
      </div>
    </Dialog>
  );
}
