"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { type Passkey, renamePasskeyInput } from "@pult/api/auth/account/schema.ts";
import { useMutation } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useForm } from "react-hook-form";
import type { z } from "zod";
import { useTRPC } from "../../../trpc/provider.tsx";
import { Button } from "../../../ui/button.tsx";
import { Input } from "../../../ui/input.tsx";
import { useFailureToast } from "../../settings/use-failure-toast.ts";
import { useSecurityChanged } from "./use-security-changed.ts";

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
