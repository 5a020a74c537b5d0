"use client";

import { useQueryClient } from "@tanstack/react-query";
import { CircleAlert } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { useTRPC, useTRPCClient } from "../../../trpc/provider.tsx";
import { showToast } from "../../../ui/toast-manager.ts";
import { useFailureToast } from "../../settings/use-failure-toast.ts";
import { ceremonyFailure, createPasskey } from "../web-authn.ts";
import { useSecurityChanged } from "./use-security-changed.ts";

/** Asks the device for a passkey and keeps it under the name of this browser; it can be renamed afterwards. */
export function useAddPasskey() {
  const t = useTranslations("security");
  const trpc = useTRPC();
  const client = useTRPCClient();
  const queryClient = useQueryClient();
  const failed = useFailureToast();
  const changed = useSecurityChanged();
  const [isBusy, setBusy] = useState(false);
  const nameOfThis = async () => {
    const { sessions } = await queryClient.fetchQuery(trpc.auth.sessions.list.queryOptions());
    return sessions.find(({ isCurrent }) => isCurrent)?.device ?? t("passkey");
  };
  const add = async () => {
    setBusy(true);
    try {
      const { challenge, options } = await client.auth.passkeys.registerOptions.mutate({});
      const response = await createPasskey(options);
      await client.auth.passkeys.register.mutate({ name: await nameOfThis(), challenge, response });
      changed(t("passkeyAdded"));
    } catch (error) {
      const why = ceremonyFailure(error);
      if (why)
        showToast({
          icon: CircleAlert,
          tone: "warning",
          title: t("passkeyNotAdded"),
          description: t(`ceremony.${why}`),
        });
      else failed(t("passkeyNotAdded"))(error);
    } finally {
      setBusy(false);
    }
  };
  return { add, isBusy };
}
