"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { type ResetPasswordInput, type ResetSubject, resetPasswordInput } from "@pult/api/auth/account/schema.ts";
import { useMutation } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useForm } from "react-hook-form";
import { toFailure } from "../../../trpc/failure.ts";
import { useTRPC, useTRPCClient } from "../../../trpc/provider.tsx";
import { Button } from "../../../ui/button.tsx";
import { CodeStep } from "./code-step.tsx";
import { goIn } from "./go-in.ts";
import { LinkGate } from "./link-gate.tsx";
import { NewPasswordField } from "./new-password-field.tsx";
import { cardClass, SignedOutFrame } from "./signed-out-frame.tsx";
import { useProof } from "./use-proof.ts";

type ResetFormProps = { token: string; subject: ResetSubject; onStale: () => void };

function ResetForm({ token, subject, onStale }: ResetFormProps) {
  const t = useTranslations();
  const trpc = useTRPC();
  const reset = useMutation(
    trpc.auth.password.reset.mutationOptions({
      onSuccess: goIn,
      onError: (error) => toFailure(error).kind === "notFound" && onStale(),
    }),
  );
  const proof = useProof(reset, reset.variables?.code !== undefined);
  const form = useForm<ResetPasswordInput>({
    resolver: zodResolver(resetPasswordInput),
    defaultValues: { token, password: "" },
  });
  const { errors } = form.formState;
  const isBusy = reset.isPending || reset.isSuccess;
  const submit = form.handleSubmit((input) => !isBusy && !proof.isBlocked && reset.mutate(input));
  return (
    <form noValidate method="post" className={cardClass} onSubmit={submit}>
      <p className="text-fg-2">{t("reset.for", subject)}</p>
      <input type="text" readOnly hidden autoComplete="username" value={subject.email} />
      {proof.needsCode ? (
        <CodeStep
          value={form.watch("code") ?? ""}
          error={(errors.code && t("signIn.codeRequired")) ?? proof.text}
          onChange={(code) => {
            reset.reset();
            form.setValue("code", code || undefined);
            form.clearErrors("code");
          }}
          onComplete={() => void submit()}
        />
      ) : (
        <NewPasswordField
          label={t("security.newPassword")}
          error={(errors.password && t("security.passwordShort")) ?? proof.text}
          input={{ ...form.register("password", { onChange: () => reset.reset() }), autoFocus: true }}
        />
      )}
      <Button type="submit" variant="primary" size="lg" className="w-full" aria-disabled={isBusy || proof.isBlocked}>
        {t("reset.submit")}
      </Button>
    </form>
  );
}

function Reset() {
  const t = useTranslations("reset");
  const client = useTRPCClient();
  return (
    <LinkGate check={(token) => client.auth.password.checkReset.mutate({ token })} staleHint={t("stale")}>
      {(link) => <ResetForm {...link} />}
    </LinkGate>
  );
}

/** A new password by a link. Whoever had a second step has it here too. */
export function ResetPage() {
  const t = useTranslations("reset");
  return (
    <SignedOutFrame title={t("title")}>
      <Reset />
    </SignedOutFrame>
  );
}
