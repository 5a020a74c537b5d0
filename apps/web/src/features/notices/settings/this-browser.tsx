import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Laptop } from "lucide-react";
import { useTranslations } from "next-intl";
import { useEffect } from "react";
import { useStore } from "zustand";
import { useTRPC } from "../../../trpc/provider.tsx";
import { Button } from "../../../ui/button.tsx";
import { Chip } from "../../../ui/chip.tsx";
import { WayRow } from "../../auth/security/parts.tsx";
import { useFailureToast } from "../../shell/use-failure-toast.ts";
import { useBrowserPush } from "../browser-push.ts";

/** This browser: whether it gets pushes, and what to do where it does not. */
export function ThisBrowser() {
  const t = useTranslations("notices.push");
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const push = useBrowserPush();
  const state = useStore(push.state);
  const failed = useFailureToast();
  const { mutate, isPending } = useMutation({
    mutationFn: () => (state === "on" ? push.turnOff() : push.turnOn()),
    onError: failed(t("failedTitle")),
    onSettled: () => queryClient.invalidateQueries({ queryKey: trpc.notifications.push.devices.queryKey() }),
  });
  // It may have been allowed in the browser's own settings meanwhile.
  useEffect(() => void push.keepAlive().catch(() => {}), [push]);
  return (
    <WayRow icon={Laptop} title={t("thisBrowser")} hint={t(`state.${state}`)}>
      {state === "on" ? <Chip tone="success">{t("on")}</Chip> : null}
      {state === "on" || state === "off" || state === "failed" ? (
        <Button
          variant={state === "off" ? "primary" : "default"}
          aria-disabled={isPending}
          onClick={() => !isPending && mutate()}
        >
          {t(state === "on" ? "turnOff" : state === "failed" ? "retry" : "turnOn")}
        </Button>
      ) : null}
    </WayRow>
  );
}
